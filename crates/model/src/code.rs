//! Stable codes of findings and errors, with the text that `seam explain CODE` prints.

/// A stable code, such as `S0102`. Never reused for something else.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// The code itself.
    pub id: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    /// A paragraph or two: why it is refused and what to do.
    pub explanation: &'static str,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

macro_rules! codes {
    ($($name:ident = $id:literal $title:literal $explanation:literal;)*) => {
        /// One constant a code, grouped by hundreds: S00 files, S01 the graph, S02 code of tools,
        /// S03 programs and folders, S04 the registry, S05 runs, S06 contracts.
        pub mod codes {
            use super::Code;
            $(#[doc = $title] pub const $name: Code = Code { id: $id, title: $title, explanation: $explanation };)*
        }

        /// Every code, in order of its id.
        pub fn all() -> Vec<Code> {
            let mut all = vec![$(codes::$name),*];
            all.sort();
            all
        }
    };
}

codes! {
    SYNTAX = "S0001" "not readable YAML"
        "The file is not valid YAML 1.2, so nothing in it was read. The place is where reading stopped; the mistake is often on the line before.";
    STRICT = "S0002" "YAML beyond the strict subset"
        "Seam reads a strict subset of YAML 1.2: no anchors, aliases, merge keys, tags, directives or second documents. They make two places of one file depend on each other in ways a reader does not see. Write the value out.";
    WRONG_TYPE = "S0003" "a value of another type"
        "The key takes a value of another type than the one written. `seam schema` prints what each key takes; an editor that follows the schema line which `seam init` writes shows it as you type.";
    QUOTES = "S0004" "a string that needs quotes"
        "A bare word that reads as a number, a boolean or null is not a string. Put it in quotes where a string is meant: \"111111111111\", \"true\", \"1.10\".";
    BAD_NAME = "S0005" "not a name"
        "Names of systems, stacks, environments and contract outputs are lower-case letters, digits, `_` and `-`, and start with a letter or a digit. Dots and slashes separate names in references and addresses.";
    MISSING_KEY = "S0006" "a required key is missing"
        "The mapping lacks a key that it cannot do without.";
    UNKNOWN_KEY = "S0007" "unknown key"
        "Seam does not know this key. Unknown keys are refused, never ignored: an ignored key is a setting that somebody believes in.";
    DUPLICATE_KEY = "S0008" "a key twice"
        "The same key stands twice in one mapping; only one of them could hold.";
    NOT_YET = "S0009" "known, and not built yet"
        "The key belongs to the design and this version of Seam does not act on it yet. It is refused rather than ignored. Remove it, or use a later version.";
    LIMIT = "S0010" "beyond a limit"
        "The file or value is larger than Seam reads: 1 MiB and a depth of 64 for one YAML file.";
    TEMPLATE = "S0011" "an unknown identifier in braces"
        "Strings substitute {system}, {stack}, {environment}, and attributes of the environment: {account}, {region}, {zone} and its labels. Write {{ for a literal brace.";
    ONE_SOURCE = "S0012" "an input with no source, or with several"
        "An input says exactly one of `registry`, `state`, `lookup`, `run`, `secret`, `config`, `value`.";
    BAD_REFERENCE = "S0013" "not a reference"
        "A reference has the form [SYSTEM/]STACK.OUTPUT, with a path behind it where a part is meant: network.vpc_id, platform/dns.zone_id, network.subnets[0].id.";
    DUPLICATE_STACK = "S0014" "two stacks of one name"
        "Two folders declare a stack of the same name. Names are unique in a system; give one of them a `name`.";
    UNDECLARED_ENVIRONMENT = "S0015" "an environment that seam.yaml does not declare"
        "Environments are declared in seam.yaml. A pattern such as prod-* or prod-{eu,us} must match at least one of them.";
    NO_WORKSPACE = "S0016" "no workspace"
        "No seam.yaml here or in a folder above. `seam init` makes a small workspace; `-C DIR` names another folder.";
    UNREADABLE = "S0017" "a file that cannot be read"
        "The file is there and could not be read. The message has the system's own words.";
    MISSING_FILE = "S0018" "a file or folder that is not there"
        "A path in the workspace's files names something that does not exist. Paths are relative to the file that says them.";
    CONFIG_MISSING = "S0019" "a configuration key that no layer sets"
        "An input says `config: KEY` and none of the layers sets it: config/defaults.yaml, the environment's file, the stack's config.yaml, the stack's config.ENV.yaml.";
    BAD_VALUE = "S0020" "a value that is not allowed here"
        "The value has the right type and is not one of those allowed.";

    USAGE = "S0021" "a command line that cannot be understood"
        "Flags or arguments contradict each other, or one is missing. `seam help COMMAND` shows what it takes.";
    CONFIG_UNREAD = "S0022" "a configuration key that nobody reads"
        "No input reads the key, and it is much like one that an input reads and that this file does not set. Nothing is refused for it; it is most often a misspelt key, and then the stack gets the value of another layer.";
    TWO_PATTERNS = "S0023" "two patterns that set one input"
        "Under `in:` two patterns match the same environment and set the same input, so nobody could tell which of them holds. Write them so that one environment is matched once, or set the input once in its own environment.";
    UNREADABLE_CONTRACT = "S0024" "a contract that cannot be read"
        "A JSON Schema, an OpenAPI document or the contract of a stack is not what its format asks for, or refers to what is not there. Documents on the network are never fetched.";

    UNKNOWN_STACK = "S0101" "a link to a stack that does not exist"
        "The reference names a stack that is not a folder of this workspace. A stack that others run is declared with `tool: external`; one of another system is written SYSTEM/STACK.OUTPUT.";
    UNKNOWN_OUTPUT = "S0102" "a link to an output that does not exist"
        "The provider stack declares no output of that name, neither in its code nor in its contract.";
    CYCLE = "S0103" "a cycle of links"
        "The stacks wait for each other, so none could be the first. Cut one of the links: move the output that closes the circle into a stack of its own, or pass the value by configuration.";
    PROVIDER_NOT_HERE = "S0104" "the provider stack is not deployed to that environment"
        "The consumer stack exists in an environment in which its provider stack does not. Name another environment at the input (`environment:`), make the input `optional`, or add the environment to the provider stack.";
    SELECTION = "S0105" "a selection that cannot be read"
        "A selection names stacks: `app`, `app...` (with its dependencies), `...network` (with its dependents), `tag:pci`, `team:net`, joined with `,`, taken out with `!`.";
    NO_MATCH = "S0106" "a selection that matches nothing"
        "Nothing in the workspace has that name, tag or team.";
    TAG_NO_MATCH = "S0107" "a fan-in that nothing matches"
        "An input collects an output from every stack with a tag, and no stack of this system has that tag.";
    RUN_OTHER_SYSTEM = "S0108" "variable orchestration across systems"
        "`run:` passes a value inside one run of one workspace. Between systems use the registry: `registry: SYSTEM/STACK.OUTPUT`.";
    NO_OWN_STATE = "S0109" "a state that is not of this workspace"
        "`state: STACK.OUTPUT` reads the state of a Terraform or OpenTofu stack of this workspace. A stack of another system, and one without a state, is read from the registry: `registry: STACK.OUTPUT`. A state that is nobody's here is named by its place: `{state: {backend: s3, config: {…}}, output: NAME}`.";
    LOOKUP_UNBOUND = "S0110" "a lookup that nobody promises"
        "A lookup is an edge of the graph like any other, so it must be known whose resources it finds before anything runs. Say it at the lookup (`from: STACK`), or let the stack that makes them promise kind and tags in `contract.lookups`.";
    FORMER_NAME = "S0111" "a former name that cannot be"
        "`formerly:` says which name a stack had before, so that what is deployed under that name goes on as this stack. A name that a stack of this workspace has now is nobody's former one, and two stacks cannot both have been one. Where that stack is a new one that took the name over, apply the renamed stack first in every environment, and remove `formerly:` before the new one is added.";

    HCL_SYNTAX = "S0201" "Terraform code that cannot be read"
        "A .tf file of the stack is not valid HCL. The place is where reading stopped.";
    UNKNOWN_VARIABLE = "S0202" "an input that the code declares no variable for"
        "Terraform ignores a value for a variable that is not declared, with a warning nobody reads. Declare the variable, or remove the input.";
    UNSET_VARIABLE = "S0203" "a variable without default that nothing sets"
        "The code declares a variable without a default and the stack has no input of that name; the tool would stop and ask.";
    BACKEND_TYPE = "S0204" "backend settings for another type"
        "The code has a backend block of one type and the settings in seam.yaml or stack.yaml are for another.";
    TWO_ON_ONE_STATE = "S0205" "two instances on one state"
        "Two instances resolve to the same state; each would destroy what the other made. Put {environment} and {stack} into the backend's settings.";
    LOCAL_STATE_REFUSED = "S0206" "a local state in a protected environment"
        "The environment has `approve: true` and the stack's state would be a file on this machine. Give it a `backend`, or say `local_state: true` in the environment.";
    VALUE_TYPE = "S0207" "a value of another type than its variable"
        "The input's value cannot be converted to the type that the code declares for the variable: a text that is no number for a number, a list for a string, one value for a list. The tool would refuse it. Only what is plain from the files is looked at here.";
    OUTPUT_NOT_IN_CODE = "S0208" "a promised output that the code does not have"
        "The contract promises an output that the root module of the code does not declare: an apply would make the resources and could not publish them. Declare the output, or take it out of the contract, where `seam check` says whom that breaks.";

    TOOL_MISSING = "S0301" "the tool is not installed"
        "The program is not on the PATH that the step gets. Install it, or say another tool with `tool:` in stack.yaml. A version manager's shim counts, if it answers in the stack's folder.";
    TOOL_OLD = "S0302" "the tool is too old"
        "Seam needs Terraform 1.4 or OpenTofu 1.6: older ones lack `terraform_data`. Install a newer one, or let `.terraform-version`, `.opentofu-version` or `.tool-versions` choose it.";
    TOOL_FAILED = "S0303" "the tool failed"
        "The tool ended with an error of its own; its words are shown as it said them. What it had applied before is in its state; nothing was published. Mend the cause and apply again.";
    TOOL_TIMEOUT = "S0304" "the time limit was reached"
        "The step ran longer than its `timeout`. The tool was interrupted once, so that it could save its state, and then killed if it did not end. What it had applied is in its state. Give the stack a longer `timeout`, or look why it hangs: `seam runs log RUN STACK`.";
    UNADOPTED_STATE = "S0305" "a state that nobody adopted"
        "A state lies where this instance would put its own, or beside its code, and no success of this registry made it. Applying beside it would make everything a second time. `seam import STACK -e ENV` takes the state in: it publishes its outputs and changes nothing. To start anew, move the state away.";
    LINEAGE_CHANGED = "S0306" "the state's lineage changed"
        "Terraform gives each state a lineage when it is made. The state at the instance's place has another one than at its last success, so it is another state: of another stack, of a backend that was emptied, or from a backup of something else. Put the recorded one back. Seam never takes another state by itself, because an apply would destroy what only that state knows. Where the new state is the right one, say so: `seam import STACK -e ENV --lineage LINEAGE`.";
    STATE_VANISHED = "S0307" "the state is gone"
        "The instance was applied and its state is not there any more. An apply without it would make everything a second time. Put the state back: a local one has a backup beside it, a backend has versions, and `seam import STACK -e ENV --from FILE` puts a copy where it belongs. Where `backend:` changed, `seam import STACK -e ENV` moves the state to its new place.";
    STATE_UNREADABLE = "S0308" "a state that cannot be read"
        "Seam reads states of version 4. This one is not JSON, of another version, or encrypted in a way that only the tool reads. Restore it from its backup, or use the tool's version that wrote it.";
    MIRROR = "S0309" "the mirror could not be made"
        "Tools run in a copy of the stack's folder under .seam/cache/mirror, and it could not be brought in step with the source. The message has the system's own words. .seam/cache may be deleted at any time.";
    TOOL_CHANGED = "S0310" "another tool than before"
        "The instance was deployed with another tool than its stack says now. Both would write the same state, and one cannot always read what the other wrote. Write the tool that deployed it, or move the instance to the other: `seam import STACK -e ENV --tool opentofu`. The next apply then plans with it.";
    SECRET_UNAVAILABLE = "S0311" "a secret that cannot be had"
        "The environment variable is not set, the file is not there, or the command failed. Secrets are resolved again at each run, at destroy too, and never recorded. Make it available, or say `optional: true` at the input.";
    STATE_NOT_SAVED = "S0312" "a state that could not be saved"
        "The tool applied, could not write the state to its place, and left it beside the code as errored.tfstate. Another apply would fork the state, so nothing is started until it is put where it belongs.";
    STATE_MISSING = "S0313" "no state where an input says"
        "An input reads a state directly (`state:`), and there is none at that place: its stack was never applied, or the place is not the right one. Apply that stack, mend the place, or make the input `optional`.";
    STATE_UNREACHABLE = "S0314" "a state that cannot be reached"
        "An input reads a state directly (`state:`), and whoever keeps it gave no state: wrong credentials, a lock, a redirect to somewhere else, a server that does not answer. The message has the address, without user, password and query.";

    TWO_STATES = "S0315" "two states for one instance"
        "`seam import` found two states that could be the instance's, and they are not copies of each other: only a person knows which of them is true. Nothing was touched. Move the wrong one away (`terraform state list -state=FILE` shows what is in one), and import again.";
    STATE_NOT_MOVED = "S0316" "a state that did not arrive"
        "`seam import` copied a state to the place where it belongs, and what it then read there was not what it had copied; or the state was written while it was copied. The old one is where it was and stays. Look at both places, and import again. What a killed import left is no reason for this: the next one goes on from there.";
    STATE_AT_FORMER_NAME = "S0317" "a state that lies where a former name puts it"
        "The stack was renamed, and its backend's settings name it ({stack}), so its state belongs at another place from now on. Seam moves a state that is a file by itself, and never one in a backend without being asked: `seam import STACK -e ENV` copies it to the new place, and the next apply goes on there.";
    STATE_NOT_FOUND = "S0318" "no state to take in"
        "`seam import` was told which stack to take in, and it has no state: the message lists every place that was looked at. A key or a path in `backend` that is written wrong is the usual cause. Nothing was recorded. Where the state is somewhere else, pull it and name the file: `seam import STACK -e ENV --from FILE`. An import of many stacks passes by those that have none.";
    STATE_OLDER = "S0319" "a state that is older than the one on record"
        "The state that lies where the stack's state belongs counts fewer writes (its serial) than the one that was recorded: an old copy, a restored backup, or a `backend` that says a place of before again. What was made since is not in it, and an apply would make that a second time. Put the later one back, or let `backend` say the place where it is. Where the older one is all that is left: `seam import STACK -e ENV --older`, then look at the plan for what it does not know.";

    REGISTRY_DAMAGED = "S0401" "the registry is damaged"
        "The registry's file does not hold what was written to it. Restore a backup, or remove the file and adopt the states again.";
    REGISTRY_NEWER = "S0402" "the registry is newer than this program"
        "A newer Seam wrote the registry. Use that version or a later one.";
    REGISTRY_NETWORK = "S0403" "the registry on a network file system"
        "SQLite's locks do not hold on network file systems. Set SEAM_DATA_DIR to a folder on a local disk.";
    REGISTRY_BUSY = "S0404" "another process holds the registry"
        "Another process kept the registry's turn for longer than 30 seconds; the message says which. Wait for it. If it hangs, end it: a turn is free as soon as its process is gone.";
    REGISTRY_IO = "S0405" "the registry could not be read or written"
        "The system refused; its words are in the message. Nothing was recorded unless it says so. A full disk, a folder without the right to write and a folder that was moved are the common causes.";
    NEVER_PUBLISHED = "S0406" "an instance that never published"
        "The instance has no publication. Apply it, or, where others deploy it, let them record its outputs with `seam publish`.";
    NO_SUCH_OUTPUT = "S0407" "an output that the publication does not have"
        "The latest publication of the instance lacks the output or the part of it that is asked for. Applied with an older version of its code? Apply it again; `seam get ADDRESS` lists what it has.";
    NO_SUCH_REVISION = "S0408" "a revision that does not exist"
        "Revisions count from 1 for each instance, without gaps; each publication makes one. `seam get ADDRESS` says the latest.";
    DESTROYED = "S0409" "an instance that was destroyed"
        "The instance was destroyed, so it provides nothing. `seam get ADDRESS --revision N` reads what it once published.";
    SEALED = "S0410" "a sealed value without its key"
        "The value is encrypted and the key file is not here. With another key the next apply publishes it again.";
    RUN_BY_WORKSPACE = "S0411" "an instance that a workspace runs"
        "Outputs of this instance are published by its applies; `seam publish` is for what others deploy.";
    OTHER_HOME = "S0412" "a second home for one instance"
        "The instance is run from another repository or another folder of it. Two homes would take turns undoing each other. Run it from there, or, where the repository moved, `seam import -e ENV --move-home` makes this one its home. A copy of a workspace that should live by itself gets a registry and a `system` of its own.";
    RUN_OVER = "S0413" "a run or step that is over"
        "The registry has no such run or step under way: it ended, or another process found it dead and recorded that. Nothing more is recorded for it; start a new run.";
    RENAMED = "S0414" "an instance that has another name by now"
        "The instance was renamed (`formerly:` in stack.yaml), and this workspace has its stack under the former name and none of the new one: it is an older checkout, and an apply here would make everything a second time. Take the change that renamed it (`git pull`). To give it back its former name, say `formerly: NEW` in its stack.yaml.";
    NOT_RENAMED = "S0415" "a rename that cannot be"
        "`formerly: OLD` in stack.yaml goes on with what is deployed as OLD under the stack's name of now. That cannot be where both names are deployed: they are two instances, and one of them has to be destroyed or renamed to something else first. It cannot be either while an apply or destroy under the former name led to nothing recorded: what it left lies under that name. Give the stack its former name once more (`name: OLD`), apply, then rename it.";

    LOCKED = "S0501" "somebody else is at it"
        "Another run holds the instance. Wait for it, or look at it with `seam runs`.";
    STILL_USED = "S0502" "still used"
        "Instances outside the selection still use what would be destroyed, in this workspace or another one with the same registry. Destroy or change them first, or take them into the selection.";
    NOT_COVERED = "S0503" "more than the yes covers"
        "Inputs became known during the run, and the plan made with them does more than the one that was shown. Look at the new plan and apply again.";
    NEEDS_YES = "S0504" "nobody said yes"
        "There is no terminal to ask on. `--yes` applies what the plan says; an environment with `approve: true` wants `--approve DIGEST`, which `seam plan` prints.";
    NEEDS_APPROVAL = "S0505" "the environment wants an approval"
        "The environment has `approve: true`: `--yes` never suffices. Review `seam plan` and pass the digest it prints with `--approve`, or answer yes on a terminal.";
    OUTPUT_REFUSED = "S0506" "applied, and not published"
        "The apply succeeded and its outputs do not hold what the contract says, or are too large to publish. Consumers keep the last publication. Mend the code or the contract and apply again. `seam publish` refuses such outputs too, and then nothing was applied.";
    UNCERTAIN = "S0507" "nobody knows whether it was applied"
        "The program that watched the step ended without leaving a status, so nobody knows whether its effect happened. A script is not run again by itself, because it may not be safe to: look at what it made, then say so with `seam runs resolve RUN STACK --applied` or `--not-applied`, and apply again.";
    INTERRUPTED = "S0508" "interrupted"
        "The run was interrupted. What was applied is kept; the next apply goes on from there.";
    DEPENDENCY_FAILED = "S0509" "not started because of a failure"
        "A step that this one depends on failed, so it was not started. Mend that one and apply again; what is done is not run again.";
    DECLINED = "S0520" "the answer was no"
        "Nothing was applied, because the plan was declined at the question.";
    FAULT = "S0522" "a fault in Seam itself"
        "The program met a case that it does not know. Nothing is lost: what a tool applied is in its state, and what was recorded is on disk. Please report it with the lines that were printed.";
    VERSION_REFUSED = "S0521" "a contract version outside the accepted range"
        "The input says which versions of the provider's contract it accepts (`version:`), and the provider has another one. Nothing runs with it.";
    INPUT_MISSING = "S0510" "an input that cannot be had"
        "The input's provider has no value for it and the input is not `optional`. Take the provider into the run, apply it first, name the environment that has it, or make the input `optional`.";
    IN_NO_STATE = "S0523" "what may exist and be in no state"
        "The tool was killed while it made something. The cloud may have made it, and no state knows it: another apply would make it a second time. Look whether it exists. Take it in with `seam tool STACK -e ENV -- import ADDRESS ID`, or remove it; then `seam runs resolve RUN STACK --not-applied` says that the step is settled, and the next apply plans anew.";
    STACK_GONE = "S0524" "a stack that is gone with a step of it open"
        "The run that is to be resumed left a step that led to nothing recorded, and the stack of that step is in the workspace no more: what the step did nobody would look after. Put its folder back. Where the stack was renamed, `formerly: OLD` in its stack.yaml says so.";
    LEASE_LOST = "S0511" "a run that lost its lease"
        "Another run took the instance over, because this one seemed dead: its host slept, or its process was stopped. It starts nothing more on it and publishes nothing of it. Look at `seam runs`, then apply again.";
    LOOKUP_NOTHING = "S0512" "a lookup that finds nothing"
        "The provider stack has no resource of that kind with that name and these tags: names and tags are promises like outputs, and somebody changed one. Mend the tags at the provider, or the lookup. `many: true` gives an empty list, `optional: true` leaves the variable unset.";
    LOOKUP_SEVERAL = "S0513" "a lookup that finds more than one"
        "Without `many` a lookup is for exactly one resource, and `optional` is about none. Say which one is meant by its name or by more tags, or take all of them with `many: true`. A lookup gives at most 10,000 resources.";
    NO_INVENTORY = "S0514" "resources that were never indexed"
        "Lookups search what an apply or an import recorded of a stack's resources (kind, id, name, arn, tags). The provider's last apply or import recorded nothing: it was published by others, or applied or taken in by an older Seam. Apply it once with `--force`.";
    CONTRACT_BREAKS = "S0601" "a contract that breaks somebody"
        "The new contract does not hold what the last one promised, and somebody relies on that: the finding names who, in which environment, and shows a value that one version allows and the other refuses, or what was lost. Keep the old promise beside the new one until its users moved (`seam uses STACK` says who they are), or let somebody answer for it: `seam approve FINGERPRINT --until DATE --why TEXT`.";
    CONTRACT_UNKNOWN = "S0602" "nobody knows whether a contract breaks somebody"
        "Two versions of a contract could not be compared at one place; the finding says why. What was not compared is not called compatible. Write that part of the schema in a simpler way, or approve the finding by its fingerprint.";
    VERSION_TOO_SMALL = "S0603" "a contract version that is too small"
        "A break needs the next major version, an addition the next minor one, anything else the next patch; before 1.0 a break needs the next minor version. The finding proposes the smallest correct one: write that into `contract.version`.";
    VERSION_TAKEN = "S0604" "a contract version that has another content already"
        "A version of a contract is registered once: whoever accepts it relies on its content. This one was registered with another content. Give the contract the next version.";
    UNBOUNDED = "S0605" "a link to another system without a range"
        "Another system is released by another team on its own days. Say which versions of its contract are accepted: `version: \"^2\"` beside the input.";
    NO_CONTRACT = "S0606" "a stack of another system without a contract"
        "Between systems a contract is required: without one nothing says what may change. The provider stack declares `contract:` with a `version` in its stack.yaml, and applies or publishes once.";
    PROMISE_UNMET = "S0607" "a provider that does not promise what is read"
        "What this workspace reads of a stack is not what that stack promises in the environment: the output, operation, event or column is not in its contract there, or has another type. Deploy a version of the provider there that promises it, or read what it promises.";
    CONTRACT_NOT_REGISTERED = "S0608" "a contract version that nobody registered"
        "The version is not on record, so nothing can be said of it. An apply or `seam publish` registers the contract of what it publishes; `seam deployed` registers that of its workspace when the versions are the same.";
    DEPRECATED_USE = "S0609" "something that is on its way out is still used"
        "The provider said that it will take this away: the finding has the day and what to use instead. `seam uses STACK` lists everybody who still uses it.";
    NOT_AN_ACCESS_LOG = "S0610" "calls that cannot be read"
        "The file is none of the formats that observed use is read from: access logs (combined, or JSON lines), and spans of OpenTelemetry as OTLP JSON. The finding names the first line that is none of them. Nothing was recorded.";
    MISSPELT = "S0612" "a keyword that looks misspelt"
        "A schema of a contract, or an operation of its API, has a key that is nearly a keyword and is none. JSON Schema and OpenAPI say that such a key means nothing: `requird` requires nothing, so less is promised than was meant, and nobody is told when it goes. Keys that begin with `x-`, and those that resemble no keyword, are left alone.";
    NOTHING_INSTEAD = "S0613" "a deprecation that leads nowhere"
        "What a contract says to use instead of something deprecated (`use:`) is not in it: no output, event, table, operation or column has the name, nor has a field beside it. Whoever still uses the old one is told to use what is not there. Mend the name, or put the new one beside the old. A text that is no name, such as a sentence, is left alone.";
    CANNOT_DEPLOY = "S0611" "not to be deployed there now"
        "Something that this stack needs is not deployed in the environment at a version that it accepts, or somebody there does not accept this one. Each reason names who, and what to deploy first.";
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<_> = super::all().iter().map(|code| code.id).collect();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}

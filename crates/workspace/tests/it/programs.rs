//! Programs of a stack's folder that `exec` names.

use crate::findings::SEAM;
use crate::{load_text, rendered};

#[test]
fn programs_of_the_folder_that_are_not_there_or_may_not_be_run() {
    let stack =
        "tool: exec\nexec: {plan: [./depoy.sh], apply: [bin/deploy, ./depoy.sh], destroy: [\"./made-{stack}\", x]}\n";
    let text = format!("{SEAM}== app/stack.yaml\n{stack}== app/deploy.sh\n\n== app/bin/deploy\n\n");
    let stray =
        format!("{SEAM}== app/stack.yaml\ntool: exec\nexec: {{apply: [../tools/run], destroy: [sh, ./no.sh]}}\n");
    assert_eq!(
        rendered(&load_text(&text).findings).replace("app/stack.yaml:", ""),
        "S0018 2:15 [./depoy.sh] there is no file `app/depoy.sh` > did you mean `./deploy.sh`?\n\
         S0020 2:36 [bin/deploy] `app/bin/deploy` may not be executed > chmod +x app/bin/deploy, or name the program that reads it: [sh, bin/deploy]\n"
    );
    let loaded = load_text(&stray);
    assert!(!seam_model::has_errors(&loaded.findings));
    assert_eq!(
        rendered(&loaded.findings).replace("app/stack.yaml:", ""),
        "S0018 2:16 [../tools/run] there is no file `tools/run` > the path is relative to the folder of the code\n"
    );
}

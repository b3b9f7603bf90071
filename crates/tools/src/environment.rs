//! The environment that a tool gets: of the caller's variables those on a list, the environment's
//! own, and Seam's. Credentials that the environment chooses are not mixed with the caller's.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// The variables of a tool, and what it did not get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolEnvironment {
    /// All that the tool gets, ordered by name.
    pub variables: Vec<(OsString, OsString)>,
    /// Names of variables that change what Terraform does behind Seam's back (`TF_CLI_ARGS`,
    /// `TF_WORKSPACE` …): dropped, whoever set them, and worth a warning.
    pub dropped: Vec<String>,
    /// Names of the caller's credentials that were held back because the environment chooses others.
    pub held_back: Vec<String>,
}

/// What is passed of the caller's environment; `*` stands for any text.
const PASSED: &str = "PATH HOME USER LOGNAME SHELL LANG LC_* TERM TMPDIR TZ SSH_AUTH_SOCK *_proxy *_PROXY SSL_CERT_* \
    XDG_* TF_CLI_CONFIG_FILE TF_PLUGIN_CACHE_DIR TF_TOKEN_* AWS_* GOOGLE_* CLOUDSDK_* ARM_* AZURE_* KUBE* VAULT_*";

/// What never reaches a tool: it would change arguments, values or the place of the state.
const DROPPED: &str = "TF_CLI_ARGS* TF_VAR_* TF_WORKSPACE TF_DATA_DIR TF_LOG*";

/// What Seam sets.
const SET: [(&str, &str); 3] = [("TF_IN_AUTOMATION", "1"), ("TF_INPUT", "0"), ("CHECKPOINT_DISABLE", "1")];

/// A family of credentials.
struct Family {
    /// Variables that choose who one is.
    credentials: &'static str,
    /// Variables that only make sense with the credentials beside them.
    companions: &'static str,
}

/// Regions, endpoints, configuration files and certificates of authorities belong to no list.
const FAMILIES: [Family; 5] = [
    Family {
        credentials: "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_PROFILE \
            AWS_DEFAULT_PROFILE AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_* \
            AWS_CONTAINER_AUTHORIZATION_TOKEN*",
        companions: "AWS_ROLE_SESSION_NAME AWS_CREDENTIAL_EXPIRATION AWS_ACCOUNT_ID",
    },
    Family {
        credentials: "GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CREDENTIALS GOOGLE_CLOUD_KEYFILE_JSON \
            GOOGLE_OAUTH_ACCESS_TOKEN GOOGLE_IMPERSONATE_SERVICE_ACCOUNT GOOGLE_BACKEND_CREDENTIALS \
            GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT CLOUDSDK_AUTH_* CLOUDSDK_CORE_ACCOUNT \
            CLOUDSDK_ACTIVE_CONFIG_NAME",
        companions: "",
    },
    Family {
        credentials: "ARM_CLIENT_* ARM_OIDC_* ARM_USE_* ARM_MSI_* ARM_ACCESS_KEY ARM_SAS_TOKEN AZURE_CLIENT_* \
            AZURE_USERNAME AZURE_PASSWORD AZURE_FEDERATED_TOKEN_FILE",
        companions: "ARM_TENANT_ID ARM_SUBSCRIPTION_ID AZURE_TENANT_ID AZURE_SUBSCRIPTION_ID",
    },
    Family {
        credentials: "KUBECONFIG KUBE_CONFIG_PATH* KUBE_TOKEN KUBE_USER KUBE_PASSWORD KUBE_CLIENT_* KUBE_CTX*",
        companions: "KUBE_HOST",
    },
    Family {
        credentials: "VAULT_TOKEN VAULT_TOKEN_FILE VAULT_USERNAME VAULT_PASSWORD VAULT_CLIENT_CERT VAULT_CLIENT_KEY",
        companions: "",
    },
];

/// Filters the caller's variables for an environment whose own variables (templates expanded) are
/// `own`; `pass_env` are patterns in which `*` stands for any text.
pub fn environment(
    caller: &[(OsString, OsString)],
    pass_env: &[String],
    own: &BTreeMap<String, String>,
) -> ToolEnvironment {
    let mut found = ToolEnvironment::default();
    let chosen: Vec<&Family> =
        FAMILIES.iter().filter(|family| own.keys().any(|name| is_listed(family.credentials, name))).collect();
    let mut variables = BTreeMap::new();
    for (name, value) in caller {
        let Some(text) = name.to_str() else { continue };
        let passed = is_listed(PASSED, text) || pass_env.iter().any(|pattern| matches(pattern, text));
        if is_listed(DROPPED, text) {
            found.dropped.push(text.to_owned());
        } else if !own.contains_key(text) && chosen.iter().any(|family| family.holds(text)) {
            found.held_back.push(text.to_owned());
        } else if passed {
            variables.insert(name.clone(), value.clone());
        }
    }
    for (name, value) in own {
        if is_listed(DROPPED, name) {
            found.dropped.push(name.clone());
        } else {
            variables.insert(name.into(), value.into());
        }
    }
    variables.extend(SET.map(|(name, value)| (name.into(), value.into())));
    found.variables = variables.into_iter().collect();
    for names in [&mut found.dropped, &mut found.held_back] {
        names.sort();
        names.dedup();
    }
    found
}

impl Family {
    fn holds(&self, name: &str) -> bool {
        is_listed(self.credentials, name) || is_listed(self.companions, name)
    }
}

fn is_listed(patterns: &str, name: &str) -> bool {
    patterns.split_whitespace().any(|pattern| matches(pattern, name))
}

/// Does `name` match `pattern`, in which each `*` stands for any text?
fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(name) = name.strip_prefix(start) else { return false };
    name.char_indices().map(|(at, _)| at).chain([name.len()]).any(|at| matches(rest, &name[at..]))
}

#[cfg(test)]
mod tests {
    use super::{ToolEnvironment, environment};
    use std::collections::BTreeMap;

    fn filter(caller: &[&str], pass_env: &[&str], own: &[&str]) -> ToolEnvironment {
        let caller: Vec<_> = caller.iter().map(|name| ((*name).into(), "caller".into())).collect();
        let pass_env: Vec<_> = pass_env.iter().map(|pattern| (*pattern).to_owned()).collect();
        let own: BTreeMap<_, _> = own.iter().map(|name| ((*name).to_owned(), "own".to_owned())).collect();
        environment(&caller, &pass_env, &own)
    }

    fn names(found: &ToolEnvironment) -> Vec<&str> {
        let seams = ["CHECKPOINT_DISABLE", "TF_INPUT", "TF_IN_AUTOMATION"];
        let names = found.variables.iter().map(|(name, _)| name.to_str().unwrap());
        names.filter(|name| !seams.contains(name)).collect()
    }

    #[test]
    fn only_what_is_listed_passes() {
        let caller = [
            "PATH",
            "LC_ALL",
            "https_proxy",
            "NO_PROXY",
            "AWS_REGION",
            "KUBECONFIG",
            "EDITOR",
            "PATHS",
            "SECRET_X",
            "MY_APP",
        ];
        let found = filter(&caller, &["MY_*", "SEC*_X"], &[]);
        assert_eq!(
            names(&found),
            ["AWS_REGION", "KUBECONFIG", "LC_ALL", "MY_APP", "NO_PROXY", "PATH", "SECRET_X", "https_proxy"]
        );
        assert_eq!(found.variables.len(), 8 + 3);
        assert!(found.dropped.is_empty() && found.held_back.is_empty());
    }

    #[test]
    fn what_changes_the_tool_is_dropped_and_named() {
        let caller =
            ["TF_VAR_a", "TF_CLI_ARGS_plan", "TF_LOG_PATH", "TF_WORKSPACE", "TF_DATA_DIR", "TF_TOKEN_x", "TF_INPUT"];
        let found = filter(&caller, &["TF_*"], &["TF_WORKSPACE", "TF_IN_AUTOMATION"]);
        assert_eq!(found.dropped, ["TF_CLI_ARGS_plan", "TF_DATA_DIR", "TF_LOG_PATH", "TF_VAR_a", "TF_WORKSPACE"]);
        assert_eq!(names(&found), ["TF_TOKEN_x"]);
        assert!(found.variables.contains(&("TF_INPUT".into(), "0".into())));
        assert!(found.variables.contains(&("TF_IN_AUTOMATION".into(), "1".into())));
    }

    #[test]
    fn a_stray_key_does_not_beat_the_chosen_profile() {
        let caller = [
            "AWS_PROFILE",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_REGION",
            "AWS_ENDPOINT_URL",
            "AWS_CONFIG_FILE",
            "AWS_CA_BUNDLE",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "VAULT_TOKEN",
        ];
        let found = filter(&caller, &[], &["AWS_PROFILE"]);
        assert_eq!(
            found.held_back,
            ["AWS_ACCESS_KEY_ID", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
        );
        assert_eq!(
            names(&found),
            ["AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION", "VAULT_TOKEN"]
        );
        assert!(found.variables.contains(&("AWS_PROFILE".into(), "own".into())));
        assert!(filter(&caller, &[], &["AWS_REGION"]).held_back.is_empty());
    }

    #[test]
    fn a_subscription_goes_with_the_credentials_and_does_not_choose_them() {
        let caller = ["ARM_SUBSCRIPTION_ID", "ARM_CLIENT_SECRET"];
        assert!(filter(&caller, &[], &["ARM_SUBSCRIPTION_ID"]).held_back.is_empty());
        assert_eq!(
            filter(&caller, &[], &["ARM_CLIENT_ID"]).held_back,
            caller.iter().rev().copied().collect::<Vec<_>>()
        );
    }
}

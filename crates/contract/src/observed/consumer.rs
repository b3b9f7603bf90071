//! Who called: where a line says it, and which part of that may be kept as a consumer's name.

use sha2::{Digest, Sha256};

/// What tells who called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConsumerFrom {
    /// In an access log the product of the user agent (`checkout` of `checkout/1.4 (linux)`), in JSON
    /// lines before that a field that names a client, in spans the service that calls.
    #[default]
    Usual,
    /// The product of the user agent.
    UserAgent,
    /// The name under which the caller authenticated.
    RemoteUser,
    /// The field of a JSON line or the attribute of a span (or of its resource) with this name; names
    /// are the same whatever their case and what stands between their letters and digits.
    Field(String),
}

impl From<&str> for ConsumerFrom {
    /// `user-agent`, `remote-user`, or the name of a field.
    fn from(text: &str) -> Self {
        match text {
            "user-agent" => Self::UserAgent,
            "remote-user" => Self::RemoteUser,
            field => Self::Field(field.to_owned()),
        }
    }
}

/// How long a name is at most, in code points; the rest is cut off.
const NAME_MAX: usize = 64;

/// From this many letters and digits in a row, both among them, a text is taken for a token.
const TOKEN_MIN: usize = 20;

/// What is kept of a consumer's name. Nothing of a text that names none (`-`) and of credentials with
/// their scheme; of what looks like a token the beginning of its digest, which tells one from another.
pub(super) fn name(text: &str) -> Option<String> {
    let text = text.trim();
    let scheme = text.split(' ').next().unwrap_or_default().to_ascii_lowercase();
    let is_credential = ["basic", "bearer", "digest", "token", "apikey"].contains(&scheme.as_str()) && scheme != text;
    if matches!(text, "" | "-") || is_credential {
        return None;
    }
    if is_token(text) {
        let digest: String = Sha256::digest(text).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        return Some(format!("token {digest}"));
    }
    Some(text.chars().filter(|character| !character.is_control()).take(NAME_MAX).collect())
}

/// The product of a user agent: what is before its version.
pub(super) fn product(agent: &str) -> Option<String> {
    name(agent.trim().split(['/', ' ', '(', ';', ',']).next()?)
}

fn is_token(text: &str) -> bool {
    text.split(|character: char| !character.is_ascii_alphanumeric()).any(|run| {
        run.len() >= TOKEN_MIN
            && run.contains(|character: char| character.is_ascii_digit())
            && run.contains(|character: char| character.is_ascii_alphabetic())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_and_a_secret_is_not() {
        for (text, kept) in [
            ("checkout", Some("checkout")),
            (" orders-worker-prod-2024-eu-west-1 ", Some("orders-worker-prod-2024-eu-west-1")),
            ("3f2a9c1e-77aa-4b1c-9d55-0c5e1f6a7b8c", Some("3f2a9c1e-77aa-4b1c-9d55-0c5e1f6a7b8c")),
            ("ann\u{7}@example.com", Some("ann@example.com")),
            ("basic", Some("basic")),
            ("-", None),
            ("", None),
            ("Basic YWxhZGRpbjpvcGVu", None),
            ("bearer abc", None),
            ("key_4f8a0c1d2e3b4a5968778695a4b3c2d1", Some("token 156e6045")),
        ] {
            assert_eq!(name(text).as_deref(), kept, "{text}");
        }
        assert_eq!(name(&"ä".repeat(100)), Some("ä".repeat(64)));
    }

    #[test]
    fn a_user_agent_is_its_product() {
        for (agent, kept) in [
            ("checkout-service/1.4.2 (build 77)", Some("checkout-service")),
            ("curl/8.5.0", Some("curl")),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", Some("Mozilla")),
            ("Go-http-client", Some("Go-http-client")),
            ("(x)", None),
            ("-", None),
        ] {
            assert_eq!(product(agent).as_deref(), kept, "{agent}");
        }
    }
}

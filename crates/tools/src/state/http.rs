//! Reads states over HTTP, as the tool's backend `http` does, without starting the tool.

use super::BadPlace;
use super::address::Address;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::time::Duration;
use ureq::http::{Response, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body, Proxy};

/// A server that does not answer at all is not waited for.
const CONNECT_TIME_LIMIT: Duration = Duration::from_secs(10);
/// So often an answer may name another address.
const REDIRECTS_MAX: usize = 5;
/// A larger body is not a state.
const BODY_BYTES_MAX: u64 = 1 << 30;

/// Settings that say how the backend writes and locks, which nothing here does.
const FOR_WRITING: [&str; 8] = [
    "update_method",
    "lock_address",
    "lock_method",
    "unlock_address",
    "unlock_method",
    "retry_max",
    "retry_wait_max",
    "retry_wait_min",
];
/// Variables by which the tool takes settings that are not read here.
const TOOL_ALONE: [&str; 3] =
    ["TF_HTTP_CLIENT_CA_CERTIFICATE_PEM", "TF_HTTP_CLIENT_CERTIFICATE_PEM", "TF_HTTP_CLIENT_PRIVATE_KEY_PEM"];

/// One state on a server, and what opens it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct HttpPlace {
    address: Address,
    /// The value of the header `Authorization`.
    authorization: Option<String>,
    headers: BTreeMap<String, String>,
}

/// The answer of a server: a state, as it comes in.
pub(super) struct HttpState {
    pub body: Box<dyn Read>,
    /// Another one means another content.
    pub etag: Option<String>,
}

impl HttpPlace {
    /// Of the settings of the backend `http`, and of the variables that it reads where one is not set.
    /// `None` where there is one that only the tool itself acts on (certificates of its own).
    pub fn new(settings: &BTreeMap<String, Json>, env: &[(OsString, OsString)]) -> Result<Option<Self>, BadPlace> {
        let mut settings = settings.clone();
        for name in FOR_WRITING {
            settings.remove(name);
        }
        let mut text = |name: &str, variable: &str| match settings.remove(name) {
            Some(Json::String(text)) => Some(text),
            Some(other) if !other.is_null() => Some(other.to_string()),
            _ => value_of(env, variable),
        };
        let address = text("address", "TF_HTTP_ADDRESS").unwrap_or_default();
        let username = text("username", "TF_HTTP_USERNAME");
        let password = text("password", "TF_HTTP_PASSWORD");
        let headers = match settings.remove("headers") {
            Some(Json::Object(headers)) => {
                headers.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect()
            }
            _ => BTreeMap::new(),
        };
        let alone = settings.values().any(|value| !matches!(value, Json::Null | Json::Bool(false)));
        if alone || TOOL_ALONE.iter().any(|name| value_of(env, name).is_some()) {
            return Ok(None);
        }
        let Some((address, in_address)) = Address::parse(&address) else { return Err(BadPlace::Address) };
        let user = match username {
            Some(name) => Some((name, password.unwrap_or_default())),
            None => in_address,
        };
        let basic = |(name, password)| format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{password}")));
        Ok(Some(Self { address, authorization: user.map(basic), headers }))
    }

    /// Asks for the state; `env` names proxies. What opens the state goes to its own address alone,
    /// wherever that redirects to.
    pub fn get(&self, env: &[(OsString, OsString)], time_limit: Duration) -> Result<HttpState, BadPlace> {
        let mut address = self.address.clone();
        for _ in 0..=REDIRECTS_MAX {
            let response = self.ask(&address, env, time_limit)?;
            let place = || address.to_string();
            let status = response.status().as_u16();
            let text = |name| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
            address = match status {
                200 => {
                    let etag = text(header::ETAG);
                    let body = response.into_body().into_with_config().limit(BODY_BYTES_MAX).reader();
                    return Ok(HttpState { body: Box::new(body), etag });
                }
                204 | 404 | 410 => return Err(BadPlace::Missing { place: place() }),
                401 | 403 => {
                    let first = (!address.same_origin(&self.address)).then(|| self.address.to_string());
                    return Err(BadPlace::Credentials { place: place(), status, first });
                }
                409 | 423 => return Err(BadPlace::Locked { place: place(), status }),
                301 | 302 | 303 | 307 | 308 => {
                    let bad = |why| BadPlace::Redirect { place: place(), why };
                    let location = text(header::LOCATION).ok_or_else(|| bad("without saying where to"))?;
                    let next = address.join(&location).ok_or_else(|| bad("to what is no address"))?;
                    if address.scheme == "https" && next.scheme == "http" {
                        return Err(bad("to an address that is not encrypted"));
                    }
                    next
                }
                _ => return Err(BadPlace::Status { place: place(), status }),
            };
        }
        Err(BadPlace::Redirect { place: self.address.to_string(), why: "again and again" })
    }

    fn ask(
        &self,
        address: &Address,
        env: &[(OsString, OsString)],
        time_limit: Duration,
    ) -> Result<Response<Body>, BadPlace> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(time_limit))
            .timeout_connect(Some(CONNECT_TIME_LIMIT.min(time_limit)))
            .proxy(proxy(address, env))
            .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
            .user_agent(concat!("seam/", env!("CARGO_PKG_VERSION")))
            .build();
        let mut request = Agent::from(config).get(address.url());
        if address.same_origin(&self.address) {
            for (name, value) in &self.headers {
                request = request.header(name, value);
            }
            if let Some(authorization) = &self.authorization {
                request = request.header(header::AUTHORIZATION, authorization);
            }
        }
        request.call().map_err(|error| BadPlace::Unreachable { place: address.to_string(), reason: reason(&error) })
    }
}

impl std::fmt::Display for HttpPlace {
    /// The address alone, without query.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.address.fmt(f)
    }
}

/// Why there was no answer. Some of the library's own words quote the address.
fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => "its address or a header cannot be sent".to_owned(),
        other => other.to_string(),
    }
}

fn value_of(env: &[(OsString, OsString)], name: &str) -> Option<String> {
    let found = env.iter().rev().find(|(other, _)| other == OsStr::new(name));
    found.and_then(|(_, value)| value.to_str()).filter(|value| !value.is_empty()).map(str::to_owned)
}

/// The proxy that `env` names for `address`, as the tools find it: none for this machine itself.
fn proxy(address: &Address, env: &[(OsString, OsString)]) -> Option<Proxy> {
    let either = |name: &str| value_of(env, &name.to_ascii_uppercase()).or_else(|| value_of(env, name));
    let host = address.host();
    let excepted = either("no_proxy").unwrap_or_default();
    let is_excepted = |entry: &str| {
        let domain = entry.trim_start_matches('*').trim_start_matches('.');
        entry == "*" || host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    };
    let here = host == "localhost" || host.parse().is_ok_and(|host: std::net::IpAddr| host.is_loopback());
    if here || excepted.split(',').map(str::trim).any(|entry| !entry.is_empty() && is_excepted(entry)) {
        return None;
    }
    Proxy::new(&either(&format!("{}_proxy", address.scheme))?).ok()
}

#[cfg(test)]
mod tests {
    use super::{HttpPlace, proxy};
    use crate::state::address::Address;
    use serde_json::{Value as Json, json};
    use std::ffi::OsString;

    fn place(settings: &Json, env: &[(OsString, OsString)]) -> Option<HttpPlace> {
        let settings = settings.as_object().unwrap().clone().into_iter().collect();
        HttpPlace::new(&settings, env).unwrap()
    }

    fn env(variables: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        variables.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    #[test]
    fn settings_come_before_variables_and_those_before_the_address() {
        let basic = "Basic bWU6aHVzaA=="; // me:hush
        for (settings, variables, authorization) in [
            (json!({"address": "http://h/s"}), vec![], None),
            (json!({"address": "http://me:hush@h/s"}), vec![], Some(basic)),
            (json!({"address": "http://x:y@h/s", "username": "me", "password": "hush"}), vec![], Some(basic)),
            (
                json!({}),
                vec![("TF_HTTP_ADDRESS", "http://h/s"), ("TF_HTTP_USERNAME", "me"), ("TF_HTTP_PASSWORD", "hush")],
                Some(basic),
            ),
            (
                json!({"address": "http://h/s", "username": "me", "lock_method": "POST"}),
                vec![("TF_HTTP_PASSWORD", "hush")],
                Some(basic),
            ),
        ] {
            let place = place(&settings, &env(&variables)).unwrap();
            assert_eq!((place.to_string().as_str(), place.authorization.as_deref()), ("http://h/s", authorization));
        }
    }

    #[test]
    fn what_only_the_tool_acts_on_is_left_to_it() {
        for (setting, left) in [
            (json!({"skip_cert_verification": true}), true),
            (json!({"skip_cert_verification": false}), false),
            (json!({"client_certificate_pem": "x"}), true),
            (json!({"headers": {"x-key": "k"}}), false),
        ] {
            let mut settings = setting.clone();
            settings["address"] = "https://h/s".into();
            assert_eq!(place(&settings, &[]).is_none(), left, "{setting}");
        }
        assert!(
            place(&json!({"address": "https://h/s"}), &env(&[("TF_HTTP_CLIENT_CA_CERTIFICATE_PEM", "x")])).is_none()
        );
    }

    #[test]
    fn a_proxy_is_used_where_the_tool_would_use_it() {
        let env = env(&[("HTTPS_PROXY", "http://proxy:3128"), ("no_proxy", "corp.example, .inner.example")]);
        for (address, used) in [
            ("https://git.example/s", true),
            ("http://git.example/s", false),
            ("https://corp.example:8443/s", false),
            ("https://git.corp.example/s", false),
            ("https://notcorp.example/s", true),
            ("https://a.inner.example/s", false),
            ("https://localhost/s", false),
            ("https://127.0.0.1/s", false),
        ] {
            assert_eq!(proxy(&Address::parse(address).unwrap().0, &env).is_some(), used, "{address}");
        }
    }
}

//! Addresses of states over HTTP: where they lead, and how they are shown without what opens them.

/// An `http` or `https` address, with what the header of a request must not have taken out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// `https` or `http`.
    pub scheme: String,
    /// Host and port, as written but for case.
    pub authority: String,
    /// From its slash on, with the query.
    path: String,
}

impl Address {
    /// Reads an address, and the user and password in it. `None` where it is none of the kind.
    pub fn parse(text: &str) -> Option<(Self, Option<(String, String)>)> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let start = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(start);
        let path = path.split('#').next().unwrap_or_default();
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, authority)) => (Some(user), authority),
            None => (None, authority),
        };
        if !matches!(scheme.as_str(), "http" | "https") || authority.is_empty() {
            return None;
        }
        let user = user.map(|user| user.split_once(':').unwrap_or((user, "")));
        let address = Self {
            scheme,
            authority: authority.to_ascii_lowercase(),
            path: if path.starts_with('/') { path.to_owned() } else { format!("/{path}") },
        };
        Some((address, user.map(|(name, password)| (decoded(name), decoded(password)))))
    }

    /// Where an answer from here that names `location` leads.
    pub fn join(&self, location: &str) -> Option<Self> {
        let absolute = if location.contains("://") {
            location.to_owned()
        } else if location.starts_with("//") {
            format!("{}:{location}", self.scheme)
        } else if location.starts_with('/') {
            format!("{}://{}{location}", self.scheme, self.authority)
        } else {
            let path = self.path.split('?').next().unwrap_or_default();
            let folder = path.rfind('/').map_or("/", |slash| &path[..=slash]);
            format!("{}://{}{folder}{location}", self.scheme, self.authority)
        };
        Self::parse(&absolute).map(|(address, _)| address)
    }

    /// Is it the same host, port and scheme?
    pub fn same_origin(&self, other: &Self) -> bool {
        (&self.scheme, &self.authority) == (&other.scheme, &other.authority)
    }

    /// The host without its port.
    pub fn host(&self) -> &str {
        let host = self.authority.rsplit_once(':').map_or(self.authority.as_str(), |(host, port)| {
            if port.chars().all(|c| c.is_ascii_digit()) { host } else { &self.authority }
        });
        host.trim_matches(['[', ']'])
    }

    /// All of it, as a request needs it; the query may be a secret.
    pub fn url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.authority, self.path)
    }
}

impl std::fmt::Display for Address {
    /// Without query.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path.split('?').next().unwrap_or_default())
    }
}

/// An address without user, password and query; `None` where it is none.
pub(crate) fn without_secrets(address: &str) -> Option<String> {
    Address::parse(address).map(|(address, _)| address.to_string())
}

/// Text without percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => (bytes.push(byte), rest = &tail[2..]),
            None => (bytes.push(*first), rest = tail),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_is_shown_without_what_opens_it() {
        for (text, shown, user) in [
            ("https://git.example/api/s?token=x", "https://git.example/api/s", None),
            ("HTTPS://me:p%40%3ass%zz@Git.Example:8443/s#x", "https://git.example:8443/s", Some(("me", "p@:ss%zz"))),
            ("http://me@[::1]?key=x", "http://[::1]/", Some(("me", ""))),
        ] {
            let (address, found) = Address::parse(text).unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(found, user.map(|(name, password)| (name.to_owned(), password.to_owned())));
        }
        for text in ["", "ftp://x/y", "https://", "git.example/state", "file:///etc/passwd"] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_redirect_leads_on_from_where_it_was_met() {
        let (from, _) = Address::parse("https://a.example/x/y?q").unwrap();
        for (location, wanted) in [
            ("https://b.example/z?k=1", "https://b.example/z?k=1"),
            ("//b.example/z", "https://b.example/z"),
            ("/z", "https://a.example/z"),
            ("z", "https://a.example/x/z"),
        ] {
            assert_eq!(from.join(location).unwrap().url(), wanted, "{location}");
        }
        assert_eq!(from.join("ftp://b.example/"), None);
        assert_eq!(Address::parse("http://[::1]:80/").unwrap().0.host(), "::1");
    }
}

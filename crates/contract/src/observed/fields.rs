//! Which names of fields mean what: [`Names`] is the table of a format, [`Found`] what one line has
//! of it. A name is its letters and digits in lower case, the names above it before it:
//! `request.headers.User-Agent` is `requestheadersuseragent`.

use super::call::{self, Call};
use super::consumer::{self, ConsumerFrom};
use super::time;
use std::collections::BTreeMap;

/// What a field can say of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Method,
    /// Method and target in one.
    Request,
    Target,
    /// The template of the path.
    Route,
    Status,
    Time,
    Consumer,
    Agent,
}

/// How many roles there are.
const ROLES: usize = 8;

/// The names of a role, the best first.
type Table = [(Role, &'static [&'static str])];

const LOG: &Table = &[
    (Role::Method, &["requestmethod", "httprequestmethod", "httpmethod", "method", "verb", "requestverb", "reqmethod"]),
    (Role::Method, &["httpverb", "httprequestrequestmethod"]),
    (Role::Request, &["request", "requestline", "routekey"]),
    (Role::Target, &["xenvoyoriginalpath", "requesturi", "requestpath", "requesturl", "httptarget", "urlpath"]),
    (Role::Target, &["uri", "path", "url", "httpurl", "urlfull", "urloriginal", "requrl", "reqpath", "uripath"]),
    (Role::Target, &["httppath", "httpuri", "rawpath", "target", "httprequestrequesturl"]),
    (Role::Route, &["httproute", "route", "resourcepath", "routepattern", "urltemplate"]),
    (Role::Status, &["status", "statuscode", "httpresponsestatuscode", "httpstatuscode", "responsestatuscode"]),
    (Role::Status, &["responsestatus", "responsecode", "httpstatus", "elbstatuscode", "downstreamstatus"]),
    (Role::Status, &["originstatus", "httprequeststatus", "resstatuscode", "httpcode"]),
    (Role::Time, &["time", "timestamp", "ts", "starttime", "requesttimeepoch", "requesttime", "timelocal"]),
    (Role::Time, &["timeiso8601", "msec", "startutc", "startlocal", "startedat", "datetime", "date", "eventtime"]),
];

const LOG_CONSUMER: &Table = &[
    (Role::Consumer, &["consumerusername", "consumername", "consumer", "consumerid", "clientservicename"]),
    (Role::Consumer, &["clientname", "clientid", "clientapp", "callerservice", "sourceservice", "sourceworkload"]),
    (Role::Consumer, &["sourceapp", "peerservice"]),
];

const AGENT: &Table = &[
    (Role::Agent, &["useragentoriginal", "useragent", "httpuseragent", "requestuseragent", "requestheadersuseragent"]),
    (Role::Agent, &["httprequestuseragent", "reqheadersuseragent", "headersuseragent", "agent"]),
];

const USER: &Table = &[
    (Role::Consumer, &["remoteuser", "user", "username", "userid", "authuser", "clientusername", "requestremoteuser"]),
    (Role::Consumer, &["consumerusername", "enduserid"]),
];

/// Semantic conventions of OpenTelemetry for HTTP: since 1.23, and before.
const SPAN: &Table = &[
    (Role::Method, &["httprequestmethod", "httpmethod"]),
    (Role::Target, &["urlpath", "httptarget", "urlfull", "httpurl"]),
    (Role::Route, &["httproute", "urltemplate"]),
    (Role::Status, &["httpresponsestatuscode", "httpstatuscode"]),
];

const SPAN_CONSUMER: &Table = &[(Role::Consumer, &["clientservicename", "servicepeername", "peerservice"])];

/// The names of a format, and the consumer's among them.
#[derive(Clone, Debug)]
pub(super) struct Names(BTreeMap<String, (Role, usize)>);

impl Names {
    /// The names of access logs in JSON.
    pub(super) fn of_logs(from: &ConsumerFrom) -> Self {
        Self::of(&[LOG], from, &[LOG_CONSUMER, AGENT])
    }

    /// The names of the attributes of spans. Which service calls is not only said there.
    pub(super) fn of_spans(from: &ConsumerFrom) -> Self {
        Self::of(&[SPAN], from, &[SPAN_CONSUMER])
    }

    fn of(tables: &[&Table], from: &ConsumerFrom, usual: &[&Table]) -> Self {
        let consumer = match from {
            ConsumerFrom::Usual => usual,
            ConsumerFrom::UserAgent => &[AGENT],
            ConsumerFrom::RemoteUser => &[USER],
            ConsumerFrom::Field(_) => &[],
        };
        let mut names = BTreeMap::new();
        let rows = tables.iter().chain(consumer).flat_map(|table| table.iter());
        for (rank, (role, name)) in rows.flat_map(|(role, of)| of.iter().map(move |name| (role, name))).enumerate() {
            names.entry((*name).to_owned()).or_insert((*role, rank));
        }
        if let ConsumerFrom::Field(field) = from {
            names.insert(plain(field).collect(), (Role::Consumer, 0));
        }
        Self(names)
    }
}

/// The letters and digits of a name, in lower case.
pub(super) fn plain(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase())
}

/// The best value of each role so far, with its rank.
#[derive(Clone, Debug, Default)]
pub(super) struct Found([Option<(usize, String)>; ROLES]);

impl Found {
    /// Takes the value of a field, by its plain name, where it means something and nothing better is
    /// there. A value that its role cannot have is passed over: a `request_time` is often a duration.
    pub(super) fn offer(&mut self, names: &Names, name: &str, value: &str) {
        let Some((role, rank)) = names.0.get(name) else { return };
        let is_fit = match role {
            Role::Status => call::status(value).is_some(),
            Role::Time => time::micros(value).is_some(),
            Role::Request => call::request_line(value).is_some(),
            Role::Method | Role::Target | Role::Route | Role::Consumer | Role::Agent => !matches!(value, "" | "-"),
        };
        let best = &mut self.0[*role as usize];
        if is_fit && best.as_ref().is_none_or(|(former, _)| rank < former) {
            *best = Some((*rank, value.to_owned()));
        }
    }

    /// The call, if there is a method and what it was for.
    pub(super) fn call(mut self) -> Option<Call> {
        let mut take = |role: Role| self.0[role as usize].take().map(|(_, value)| value);
        let request = take(Role::Request);
        let (method, target) = request.as_deref().and_then(call::request_line).unzip();
        let targets = take(Role::Target).or(target.map(str::to_owned)).into_iter().chain(take(Role::Route));
        let targets: Vec<_> = targets.collect();
        let consumer = take(Role::Consumer).and_then(|text| consumer::name(&text));
        let call = Call {
            method: take(Role::Method).or(method.map(str::to_owned))?,
            targets,
            status: take(Role::Status).and_then(|text| call::status(&text)),
            time_us: take(Role::Time).and_then(|text| time::micros(&text)),
            consumer: consumer.or_else(|| take(Role::Agent).and_then(|agent| consumer::product(&agent))),
        };
        (!call.targets.is_empty()).then_some(call)
    }
}

//! Whether two schemas say the [`Same`], with what their references lead to in their place: then what
//! one of them declares is what the other one does.

use super::address;
use crate::schema::{Compiler, Shape, Subject};
use ahash::AHashMap as HashMap;
use serde_json::{Map, Value};

/// What is known of pairs of schemas.
#[derive(Default)]
pub(super) struct Same<'a> {
    known: HashMap<(usize, usize), bool>,
    /// Pairs that are taken for the same until they are found not to be: schemas may lead to themselves.
    assumed: Vec<(usize, usize)>,
    /// How many pairs were looked at for the answer that is sought.
    steps: usize,
    /// The pieces of schemas that were met.
    pieces: HashMap<usize, Vec<Piece<'a>>>,
}

/// A schema object without its `allOf` and its references.
#[derive(Clone)]
struct Piece<'a> {
    schema: &'a Value,
    /// Where these count for what the object itself says, they are kept beside it.
    beside: Vec<&'a Value>,
}

/// After so many pairs two schemas count as different ones.
const STEPS_MAX: usize = 20_000;
/// How deep `allOf` and references are followed from one schema.
const HOPS_MAX: usize = 64;
/// Names of places, and what is defined for references.
const SILENT: [&str; 7] = ["$id", "$schema", "$anchor", "$comment", "$ref", "allOf", "$vocabulary"];
/// What depends on whence one came.
const DYNAMIC: [&str; 2] = ["$dynamicRef", "$recursiveRef"];

impl<'a> Same<'a> {
    /// Whether they say the same.
    pub fn is(&mut self, compiler: &mut Compiler<'a>, left: &'a Value, right: &'a Value) -> bool {
        let key = (address(left), address(right));
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        (self.steps, self.assumed) = (0, Vec::new());
        let same = self.same(compiler, left, right);
        self.known.insert(key, same);
        same
    }

    fn same(&mut self, compiler: &mut Compiler<'a>, left: &'a Value, right: &'a Value) -> bool {
        let key = (address(left), address(right));
        if key.0 == key.1 || self.assumed.contains(&key) {
            return true;
        }
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return false;
        }
        let before = self.assumed.len();
        self.assumed.push(key);
        let pieces = (self.pieces(compiler, left), self.pieces(compiler, right));
        let same = self.matched(&pieces.0, &pieces.1, |all, left, right| {
            all.own(compiler, left.schema, right.schema)
                && all.matched(&left.beside, &right.beside, |all, left, right| all.same(compiler, left, right))
        });
        if !same {
            self.assumed.truncate(before);
        }
        same
    }

    /// Whether each of the left ones is the same as another one of the right ones, in any order.
    fn matched<T>(&mut self, left: &[T], right: &[T], mut same: impl FnMut(&mut Self, &T, &T) -> bool) -> bool {
        let mut free: Vec<&T> = right.iter().collect();
        left.len() == right.len()
            && left.iter().all(|one| {
                let found = free.iter().position(|other| same(self, one, other));
                found.map(|at| free.swap_remove(at)).is_some()
            })
    }

    /// The objects that a schema is made of, by `allOf` and references.
    fn pieces(&mut self, compiler: &mut Compiler<'a>, schema: &'a Value) -> Vec<Piece<'a>> {
        if let Some(known) = self.pieces.get(&address(schema)) {
            return known.clone();
        }
        let mut pieces = Vec::new();
        let mut open = vec![(schema, 0)];
        while let Some((schema, hops)) = open.pop() {
            let Value::Object(members) = schema else {
                if *schema != Value::Bool(true) {
                    pieces.push(Piece { schema, beside: Vec::new() });
                }
                continue;
            };
            let hidden = compiler.dialect(schema).is_some_and(|dialect| dialect.reference_hides(members));
            let all = members.get("allOf").and_then(Value::as_array).filter(|_| !hidden);
            let beside: Vec<&Value> = all.into_iter().flatten().chain(compiler.target(schema)).collect();
            let whole = members.keys().any(|keyword| keyword.starts_with("unevaluated")) || hops > HOPS_MAX;
            if !hidden && (whole || members.keys().any(|keyword| !SILENT.contains(&keyword.as_str()))) {
                pieces.push(Piece { schema, beside: if whole { beside.clone() } else { Vec::new() } });
            }
            if !whole {
                open.extend(beside.into_iter().map(|schema| (schema, hops + 1)));
            }
        }
        self.pieces.insert(address(schema), pieces.clone());
        pieces
    }

    /// Whether two schema objects say the same by their other keywords.
    fn own(&mut self, compiler: &mut Compiler<'a>, left: &'a Value, right: &'a Value) -> bool {
        let (Value::Object(old), Value::Object(new)) = (left, right) else { return left == right };
        let dialect = compiler.dialect(left);
        let (Some(dialect), true) = (dialect, dialect == compiler.dialect(right)) else { return false };
        let counts = |keyword: &str| {
            let defines = dialect.applicator(keyword).is_some_and(|row| row.speaks_of == Subject::Definition);
            !SILENT.contains(&keyword) && !defines
        };
        let telling = |members: &'a Map<String, Value>| members.iter().filter(|(keyword, _)| counts(keyword));
        telling(old).count() == telling(new).count()
            && telling(old).all(|(keyword, value)| {
                let Some(other) = new.get(keyword).filter(|_| !DYNAMIC.contains(&keyword.as_str())) else {
                    return false;
                };
                match dialect.applicator(keyword).map(|row| row.shape) {
                    None => value == other,
                    Some(Shape::Map | Shape::MapOrNames) => self.by_name(compiler, value, other),
                    Some(_) => self.listed(compiler, value, other),
                }
            })
    }

    fn by_name(&mut self, compiler: &mut Compiler<'a>, left: &'a Value, right: &'a Value) -> bool {
        let (Value::Object(old), Value::Object(new)) = (left, right) else { return left == right };
        old.len() == new.len()
            && old.iter().all(|(name, value)| {
                new.get(name).is_some_and(|other| match value {
                    Value::Object(_) => self.same(compiler, value, other),
                    _ => value == other,
                })
            })
    }

    fn listed(&mut self, compiler: &mut Compiler<'a>, left: &'a Value, right: &'a Value) -> bool {
        match (left, right) {
            (Value::Array(old), Value::Array(new)) => {
                old.len() == new.len() && old.iter().zip(new).all(|(left, right)| self.same(compiler, left, right))
            }
            _ => self.same(compiler, left, right),
        }
    }
}

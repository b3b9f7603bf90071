//! References that lead back to themselves without a member or an item between: such a schema says
//! nothing that could be checked, and is refused.

use super::index::{Address, address};
use super::read::Flaw;
use super::reference::Scope;
use super::{Compiler, Subject};
use ahash::AHashMap as HashMap;
use serde_json::Value;

/// A schema in a dynamic scope.
type Place<'a> = (&'a Value, Scope);

impl<'a> Compiler<'a> {
    /// Refuses cycles among the schemas that speak of the same value; each passes through one of the
    /// targets of references.
    pub(super) fn refuse_cycles(&mut self, targets: &[Place<'a>]) -> Result<(), Flaw<'a>> {
        // Whether a place is still open, that is between the start and the place that is looked at.
        let mut open: HashMap<(Address, Scope), bool> = HashMap::new();
        for target in targets {
            let mut path = vec![(*target, vec![*target])];
            while let Some((place, next)) = path.last_mut() {
                let Some(inner) = next.pop() else {
                    open.insert((address(place.0), place.1), false);
                    path.pop();
                    continue;
                };
                match open.insert((address(inner.0), inner.1), true) {
                    None => path.push((inner, self.same_value(inner)?)),
                    Some(false) => drop(open.insert((address(inner.0), inner.1), false)),
                    Some(true) => {
                        let message = "the schema refers back to itself before it says anything of a member or an item";
                        return Err(Flaw::new(place.0, message));
                    }
                }
            }
        }
        Ok(())
    }

    /// The schemas that a schema applies to its own value.
    fn same_value(&mut self, (schema, scope): Place<'a>) -> Result<Vec<Place<'a>>, Flaw<'a>> {
        let Value::Object(members) = schema else { return Ok(Vec::new()) };
        let object = self.object(schema, scope)?;
        let mut next = self.references(schema, members, scope)?;
        if object.dialect.reference_hides(members) {
            return Ok(next);
        }
        for (applicator, inner) in object.dialect.schemas_in(members) {
            if applicator.speaks_of == Subject::Same && inner.is_object() {
                next.push((inner, self.enter(inner, scope)?));
            }
        }
        Ok(next)
    }
}

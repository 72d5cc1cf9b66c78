//! Everything the planner is told of one pair.

use crate::apps::apps_of;
use crate::codec::{contact_id, decode, decode_or_default};
use crate::contacts::{contact_by_no, contact_no};
use crate::error::{Result, StateError};
use crate::pairs::{self, Pair};
use crate::store::Store;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use syntony_core::ids::{ActionKey, AppName, ConnectionName, ContactId, EmailKey, LinkId, MappingKey};
use syntony_core::pair::{ContactState, Link, PairState};
use syntony_core::record::Seen;
use syntony_core::side::{Side, Sides};

impl Store {
    /// What is known of a pair: one contact, or two. Of a linked one both sides are given, also when only
    /// one was named. [`PairState::forgotten`] is always `false` here.
    ///
    /// # Errors
    /// [`StateError::LinkedElsewhere`] if the two are not a pair because one of them is linked to a third;
    /// [`StateError::NotConnected`]; the database's own.
    pub fn load_pair(
        &self,
        connection: &ConnectionName,
        ids: &Sides<Option<ContactId>>,
    ) -> Result<PairState> {
        self.read(|conn| {
            let apps = apps_of(conn, connection)?;
            let ends = Sides {
                left: number_of(conn, &apps.left, ids.left.as_ref())?,
                right: number_of(conn, &apps.right, ids.right.as_ref())?,
            };
            let held = Sides {
                left: pair_at(conn, connection, Side::Left, ends.left)?,
                right: pair_at(conn, connection, Side::Right, ends.right)?,
            };
            let mut state = PairState::default();
            match the_link(connection, ids, ends, &held)? {
                Some(link) => load_link(conn, &apps, link, &mut state)?,
                None => {
                    for side in Side::BOTH {
                        state.contacts[side] = contact_state(conn, ends[side], ids[side].as_ref())?;
                    }
                    // Where both know of an action, the left one's word stands, as when they are linked.
                    for pair in [held.right, held.left].into_iter().flatten() {
                        load_facts(conn, pair.pair_no, &mut state)?;
                    }
                }
            }
            Ok(state)
        })
    }
}

/// The link among the pairs that the two contacts are in, if both agree on it.
fn the_link<'a>(
    connection: &ConnectionName,
    ids: &Sides<Option<ContactId>>,
    ends: Sides<Option<i64>>,
    held: &'a Sides<Option<Pair>>,
) -> Result<Option<&'a Pair>> {
    let Some(link) = [&held.left, &held.right].into_iter().flatten().find(|pair| pair.status.is_some())
    else {
        return Ok(None);
    };
    let agrees = |side: Side| ids[side].is_none() || ends[side] == link.ends[side];
    match (&ids.left, &ids.right) {
        (Some(left), Some(right)) if !(agrees(Side::Left) && agrees(Side::Right)) => {
            Err(StateError::LinkedElsewhere {
                connection: connection.clone(),
                left: left.clone(),
                right: right.clone(),
            })
        }
        (Some(_) | None, Some(_) | None) => Ok(Some(link)),
    }
}

fn load_link(conn: &Connection, apps: &Sides<AppName>, pair: &Pair, state: &mut PairState) -> Result<()> {
    state.link = pair.status.map(|status| Link { id: LinkId(pair.pair_no), status });
    for side in Side::BOTH {
        state.contacts[side] = contact_state(conn, pair.ends[side], None)?;
        state.collisions[side] =
            collisions(conn, pair.ends[side], &apps[side.other()], pair.ends[side.other()])?;
    }
    let marks: Option<String> = conn
        .prepare_cached("SELECT marks FROM pair WHERE pair_no = ?1")?
        .query_row([pair.pair_no], |row| row.get(0))?;
    state.marks = decode_or_default("mark", marks.as_deref())?;
    let mut bases =
        conn.prepare_cached("SELECT mapping, left_fields, right_fields FROM base WHERE pair_no = ?1")?;
    let mut rows = bases.query([pair.pair_no])?;
    while let Some(row) = rows.next()? {
        let fields = Sides::new(
            decode("base", &row.get::<_, String>("left_fields")?)?,
            decode("base", &row.get::<_, String>("right_fields")?)?,
        );
        state.base.insert(MappingKey::new(row.get::<_, String>("mapping")?), fields);
    }
    load_facts(conn, pair.pair_no, state)
}

/// What a lone contact may have as well.
fn load_facts(conn: &Connection, pair_no: i64, state: &mut PairState) -> Result<()> {
    let was_selected: bool = conn
        .prepare_cached("SELECT selected FROM pair WHERE pair_no = ?1")?
        .query_row([pair_no], |row| row.get(0))?;
    state.was_selected |= was_selected;
    let mut actions = conn.prepare_cached("SELECT action, done FROM action WHERE pair_no = ?1")?;
    let mut rows = actions.query([pair_no])?;
    while let Some(row) = rows.next()? {
        let done = decode("action", &row.get::<_, String>("done")?)?;
        state.actions.insert(ActionKey::new(row.get::<_, String>("action")?), done);
    }
    let mut repeats = conn.prepare_cached("SELECT mapping, repeats FROM repeats WHERE pair_no = ?1")?;
    let mut rows = repeats.query([pair_no])?;
    while let Some(row) = rows.next()? {
        let times = decode("count of repeats", &row.get::<_, String>("repeats")?)?;
        state.repeats.insert(MappingKey::new(row.get::<_, String>("mapping")?), times);
    }
    Ok(())
}

/// For each e-mail key of a contact, somebody else who holds it in the other app: a live contact that is
/// not its own counterpart, the first by id. CROSS JOIN, so that SQLite begins with the contact's few keys
/// and not with everybody's.
const COLLISIONS: &str = "
    SELECT mine.email_key, MIN(other.id) AS id
    FROM contact_key AS mine
    CROSS JOIN contact_key AS theirs ON theirs.app = ?2 AND theirs.email_key = mine.email_key
    CROSS JOIN contact AS other ON other.contact_no = theirs.contact_no
    WHERE mine.contact_no = ?1 AND other.state = 'live' AND other.contact_no IS NOT ?3
    GROUP BY mine.email_key";

fn collisions(
    conn: &Connection,
    contact_no: Option<i64>,
    other_app: &AppName,
    counterpart: Option<i64>,
) -> Result<BTreeMap<EmailKey, ContactId>> {
    conn.prepare_cached(COLLISIONS)?
        .query_and_then(params![contact_no, other_app.as_str(), counterpart], |row| {
            Ok((EmailKey::new(row.get::<_, String>("email_key")?), contact_id(row, "id")?))
        })?
        .collect()
}

/// What is known of a contact; of one that was only named, its name.
fn contact_state(
    conn: &Connection,
    contact_no: Option<i64>,
    named: Option<&ContactId>,
) -> Result<ContactState> {
    match contact_no {
        Some(contact_no) => {
            let contact = contact_by_no(conn, contact_no)?;
            Ok(ContactState { id: Some(contact.id), seen: contact.seen })
        }
        None => Ok(ContactState { id: named.cloned(), seen: Seen::Never }),
    }
}

fn number_of(conn: &Connection, app: &AppName, id: Option<&ContactId>) -> Result<Option<i64>> {
    id.map_or(Ok(None), |id| contact_no(conn, app, id))
}

fn pair_at(
    conn: &Connection,
    connection: &ConnectionName,
    side: Side,
    contact_no: Option<i64>,
) -> Result<Option<Pair>> {
    contact_no.map_or(Ok(None), |contact_no| pairs::pair_of(conn, connection, side, contact_no))
}

#[cfg(test)]
mod tests {
    use super::COLLISIONS;
    use crate::Store;

    #[test]
    fn looking_for_collisions_does_not_read_the_address_book() {
        let plan: Vec<String> = Store::open_in_memory()
            .unwrap()
            .read(|conn| {
                let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {COLLISIONS}"))?;
                let steps = statement.query_map((1, "app", 2), |row| row.get("detail"))?;
                Ok(steps.collect::<Result<_, _>>()?)
            })
            .unwrap();
        assert!(plan[0].starts_with("SEARCH mine") && plan[0].contains("(contact_no=?)"), "{plan:?}");
        assert!(plan[1].starts_with("SEARCH theirs") && plan[1].contains("email_key=?"), "{plan:?}");
        assert!(plan[2].starts_with("SEARCH other") && plan[2].contains("(rowid=?)"), "{plan:?}");
    }
}

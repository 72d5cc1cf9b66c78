//! `/lists/{list_id}/merge-fields`.
//!
//! <https://mailchimp.com/developer/marketing/api/list-merges/>

use super::{Answer, Reply, Scene, collection, number};
use crate::mailchimp::input::Body;
use crate::mailchimp::member::MergeId;
use crate::mailchimp::merge::{MergeField, MergeType};
use crate::mailchimp::problem::Problem;
use crate::mailchimp::query::Query;
use crate::mailchimp::view;
use serde_json::{Map, Value as Json};

/// `GET`: all fields.
pub(super) fn list(scene: &Scene<'_>, query: &Query) -> Answer {
    let (audience, settings) = (&scene.audience, scene.settings);
    let required = query.one("required").is_some().then(|| query.flag("required")).transpose()?;
    let kind = query.one("type");
    let wanted = |field: &&MergeField| {
        kind.is_none_or(|kind| field.kind.as_str() == kind)
            && required.is_none_or(|required| field.required == required)
    };
    let fields = audience.fields.all().filter(wanted);
    let fields = fields.map(|field| view::merge_field(field, &audience.id, settings));
    collection("merge_fields", fields, query, Some(&audience.id))
}

/// `POST`: a new field.
pub(super) fn create(scene: &mut Scene<'_>, sent: &Map<String, Json>) -> Answer {
    let mut body = Body::new(sent);
    body.require(&["name", "type"]);
    let kind = body.choice("type", MergeType::parse);
    let change = Change::read(&mut body);
    let (kind, change) = body.done((kind.unwrap_or(MergeType::Text), change))?;
    if matches!(kind, MergeType::Radio | MergeType::Dropdown) && !change.has_choices() {
        return Err(Problem::field("options.choices", "Please enter at least one choice"));
    }
    let fields = &mut scene.audience.fields;
    let tag = fields.free_tag(change.tag.as_deref(), None)?;
    let id = fields.insert(tag, String::new(), kind);
    change.apply(fields.get_mut(id)?);
    shown(scene, id)
}

/// `GET` by number.
pub(super) fn get(scene: &Scene<'_>, id: &str) -> Answer {
    shown(scene, number(id)?)
}

fn shown(scene: &Scene<'_>, id: MergeId) -> Answer {
    let field = scene.audience.fields.get(id)?;
    Ok(Reply::Json(view::merge_field(field, &scene.audience.id, scene.settings)))
}

/// `PATCH`: anything but the type. Members keep their values, whatever the choices are now.
pub(super) fn change(scene: &mut Scene<'_>, id: &str, sent: &Map<String, Json>) -> Answer {
    let id = number(id)?;
    scene.audience.fields.get(id)?;
    let mut body = Body::new(sent);
    body.require(&["name"]);
    let change = Change::read(&mut body);
    let change = body.done(change)?;
    let fields = &mut scene.audience.fields;
    let tag = change.tag.as_deref().map(|tag| fields.free_tag(Some(tag), Some(id))).transpose()?;
    let field = fields.get_mut(id)?;
    change.apply(field);
    if let Some(tag) = tag {
        field.tag = tag;
    }
    shown(scene, id)
}

/// `DELETE`: the field and everything in it.
pub(super) fn remove(scene: &mut Scene<'_>, id: &str) -> Answer {
    scene.audience.fields.remove(number(id)?)?;
    Ok(Reply::Empty)
}

/// What a body says of a field.
struct Change {
    tag: Option<String>,
    name: Option<String>,
    required: Option<bool>,
    default_value: Option<String>,
    public: Option<bool>,
    display_order: Option<i64>,
    help_text: Option<String>,
    options: Map<String, Json>,
}

impl Change {
    fn read(body: &mut Body<'_>) -> Self {
        Self {
            tag: body.text("tag"),
            name: body.text("name"),
            required: body.flag("required"),
            default_value: body.text("default_value"),
            public: body.flag("public"),
            display_order: body.whole("display_order"),
            help_text: body.text("help_text"),
            options: body.object("options").cloned().unwrap_or_default(),
        }
    }

    fn has_choices(&self) -> bool {
        self.options.get("choices").and_then(Json::as_array).is_some_and(|choices| !choices.is_empty())
    }

    fn apply(self, field: &mut MergeField) {
        fn set<T>(place: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *place = value;
            }
        }
        set(&mut field.name, self.name);
        set(&mut field.required, self.required);
        set(&mut field.default_value, self.default_value);
        set(&mut field.public, self.public);
        set(&mut field.display_order, self.display_order);
        set(&mut field.help_text, self.help_text);
        // Only the options that the type has.
        let known = field.options.keys().cloned().collect::<Vec<_>>();
        field.options.extend(self.options.into_iter().filter(|(name, _)| known.contains(name)));
    }
}

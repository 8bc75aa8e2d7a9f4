//! Which cameras there are.

use std::cell::RefCell;
use std::rc::Rc;

use pipewire::metadata::Metadata;
use pipewire::registry::GlobalObject;
use pipewire::spa::utils::dict::DictRef;
use pipewire::types::ObjectType;

use super::{Link, Remote, unseen};
use crate::screen::Failure;

/// No computer has more, and nobody chooses from more.
const MOST: usize = 64;
/// Bytes of a name.
const LONGEST: usize = 256;
/// What the session's manager says is used where nothing is chosen.
const USUAL: &str = "default.video.source";

/// Something that films.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// `node.name`: the same each time it is plugged in.
    pub name: String,
    /// For people.
    pub description: String,
}

/// What was heard of the graph.
#[derive(Default)]
struct Heard {
    /// With how much the session's manager likes each.
    nodes: Vec<(Node, i32)>,
    /// The object that holds [`USUAL`].
    defaults: Option<GlobalObject<pipewire::properties::PropertiesBox>>,
    usual: String,
}

/// All cameras, the usual one first. Takes some milliseconds, and two seconds where PipeWire does not answer.
///
/// # Errors
/// [`Failure::Unseen`] where PipeWire is not running.
pub fn cameras(remote: Remote) -> Result<Vec<Node>, Failure> {
    let link = Link::open(remote)?;
    let heard = Rc::new(RefCell::new(Heard::default()));
    let registry = link.core.get_registry_rc().map_err(unseen)?;
    let hears = Rc::clone(&heard);
    let _listener = registry
        .add_listener_local()
        .global(move |global| {
            let Ok(mut heard) = hears.try_borrow_mut() else { return };
            match (&global.type_, global.props) {
                (ObjectType::Node, Some(props)) if heard.nodes.len() < MOST => heard.nodes.extend(camera(props)),
                (ObjectType::Metadata, Some(props)) if props.get("metadata.name") == Some("default") => {
                    heard.defaults = Some(global.to_owned());
                }
                _ => {}
            }
        })
        .register();
    link.settle()?;
    let defaults = heard.borrow_mut().defaults.take();
    if let Some(defaults) = defaults.and_then(|global| registry.bind::<Metadata, _>(&global).ok()) {
        let hears = Rc::clone(&heard);
        let _listener = defaults
            .add_listener_local()
            .property(move |_, key, _, value| {
                if let (Some(USUAL), Some(value), Ok(mut heard)) = (key, value, hears.try_borrow_mut()) {
                    heard.usual = value.to_owned();
                }
                0
            })
            .register();
        link.settle()?;
    }
    let Heard { mut nodes, usual, .. } = heard.take();
    // `{"name":"…"}`
    nodes.sort_by_key(|(node, priority)| (!usual.contains(&format!("\"{}\"", node.name)), -i64::from(*priority)));
    Ok(nodes.into_iter().map(|(node, _)| node).collect())
}

/// A node that is a camera, and how much the session's manager likes it.
fn camera(props: &DictRef) -> Option<(Node, i32)> {
    // Portals put what they share into the graph as well: sometimes in the same class.
    let films = props.get("media.class") == Some("Video/Source")
        && props.get("media.role").is_none_or(|role| role == "Camera")
        && !props.get("node.name")?.starts_with("xdpw-stream");
    let name = props.get("node.name").filter(|name| films && !name.is_empty() && name.len() <= LONGEST)?;
    let said = ["node.description", "node.nick"].into_iter().filter_map(|key| props.get(key));
    let description = said.map(str::trim).find(|said| !said.is_empty() && said.len() <= LONGEST).unwrap_or(name);
    let priority = props.get("priority.session").and_then(|priority| priority.parse().ok()).unwrap_or(0);
    Some((Node { name: name.to_owned(), description: description.to_owned() }, priority))
}

//! `summary --filter`: the Summary of a part of the objects.

use std::sync::Arc;

use clap::{Args as ClapArgs, ValueEnum};

use super::Error;
use super::answer::{write_json, write_tree};
use super::args::{Format, Output};
use crate::analysis::{Heap, NodeFilter, filtered_aggregates};
use crate::export::filtered_report;
use crate::graph::NodeId;
use crate::rows::{Filter, Summary, Tree};
use crate::util::Progress;

/// Which objects the Summary is about.
#[derive(Clone, Copy, Debug, ClapArgs)]
pub struct FilterArgs {
    /// Only objects that this filter shows
    #[arg(long, value_enum, value_name = "NAME")]
    pub filter: Option<FilterName>,
    /// The native context of `--filter native-context`, such as @4501 (`native-contexts` lists them)
    #[arg(long, value_parser = super::args::parse_id, value_name = "ID")]
    pub context: Option<NodeId>,
    /// Only objects with a larger id than this (with `--filter ids`), such as the `max object id` of
    /// an earlier snapshot, which `info` tells
    #[arg(long, value_parser = super::args::parse_id, value_name = "ID")]
    pub above: Option<NodeId>,
    /// Only objects up to this id (with `--filter ids`)
    #[arg(long, value_parser = super::args::parse_id, value_name = "ID")]
    pub up_to: Option<NodeId>,
}

/// The filters of the Summary; DevTools' own names do as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FilterName {
    /// Strings whose text another string has, too
    #[value(alias = "duplicatedStrings")]
    DuplicatedStrings,
    /// What only detached DOM nodes hold
    #[value(alias = "objectsRetainedByDetachedDomNodes")]
    DetachedNodes,
    /// What only the console of the developer tools holds
    #[value(alias = "objectsRetainedByConsole")]
    Console,
    /// What only event handlers hold
    #[value(alias = "objectsRetainedByEventHandlers")]
    EventHandlers,
    /// What only contexts of closures hold
    #[value(alias = "objectsRetainedByContexts")]
    Contexts,
    /// What belongs to one native context (a realm: a window, a frame, a worker), see --context
    NativeContext,
    /// What several native contexts share
    #[value(alias = "sharedNativeContext")]
    SharedNativeContexts,
    /// What belongs to no native context
    #[value(alias = "noNativeContext")]
    NoNativeContext,
    /// What was allocated between two ids, see --above and --up-to
    Ids,
}

impl FilterArgs {
    /// The filter that is asked for. The ids may be wrong, or not fit it.
    fn chosen(self, heap: &Heap) -> Result<Option<NodeFilter>, Error> {
        let told = |text: &str| Err(Error::Told(text.to_owned()));
        let Some(name) = self.filter else {
            return match self.context.or(self.above).or(self.up_to) {
                None => Ok(None),
                Some(_) => told("--context, --above and --up-to belong to a --filter"),
            };
        };
        if self.context.is_some() != (name == FilterName::NativeContext) {
            return told("--filter native-context and --context ID belong together");
        }
        let has_ids = self.above.or(self.up_to).is_some();
        if has_ids != (name == FilterName::Ids) {
            return told("--filter ids goes with --above ID, --up-to ID, or both");
        }
        Ok(Some(match (name, self.context) {
            (FilterName::DuplicatedStrings, _) => NodeFilter::DuplicatedStrings,
            (FilterName::DetachedNodes, _) => NodeFilter::RetainedByDetachedNodes,
            (FilterName::Console, _) => NodeFilter::RetainedByConsole,
            (FilterName::EventHandlers, _) => NodeFilter::RetainedByEventHandlers,
            (FilterName::Contexts, _) => NodeFilter::RetainedByContexts,
            (FilterName::SharedNativeContexts, _) => NodeFilter::SharedNativeContexts,
            (FilterName::NativeContext, Some(id)) => match heap.graph.find_id(id) {
                Some(node) => NodeFilter::NativeContext(node),
                None => return Err(Error::Told(format!("there is no object {id}"))),
            },
            (FilterName::NoNativeContext | FilterName::NativeContext, _) => NodeFilter::NoNativeContext,
            (FilterName::Ids, _) => {
                NodeFilter::Ids(self.above.unwrap_or(NodeId(0)), self.up_to.unwrap_or(NodeId(u64::MAX)))
            }
        }))
    }
}

/// Prints the constructors of what the filter shows. `None` when no filter is asked for.
pub(super) fn filtered_summary(
    heap: &Arc<Heap>,
    arguments: FilterArgs,
    output: Output,
    progress: &Progress,
) -> Result<Option<()>, Error> {
    let Some(filter) = arguments.chosen(heap)? else { return Ok(None) };
    let aggregates = filtered_aggregates(heap, filter, progress)?;
    if output.format == Format::Json {
        write_json(&filtered_report(heap, &aggregates))?;
    } else {
        let source = Summary::filtered(heap.clone(), Arc::new(aggregates));
        let tree = Tree::build(Arc::new(source), None, Filter::default(), progress)?;
        write_tree(&tree, output.format, progress)?;
    }
    Ok(Some(()))
}

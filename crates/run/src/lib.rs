//! The loop that drives graph, tools and registry: one thread owns the live state of a run, steps
//! work on threads of their own, and what happens comes out as events.
//!
//! This crate knows no terminal and no HTTP. Environment, clock and folders are passed in.

mod act;
mod act_step;
mod by_hand;
mod consent;
mod cover;
mod dead_run;
mod deploy;
mod drive;
mod driver;
mod due;
mod failure;
mod fate;
mod follow;
mod import;
mod import_state;
mod import_step;
mod inputs;
mod instance;
mod inventory;
mod key;
mod launcher;
mod leftover;
mod lifecycle;
mod linked;
mod lookups;
mod mask;
mod outbox;
mod plan;
mod plan_only;
mod plan_step;
mod preflight;
mod publish;
mod recover;
mod report;
mod resume;
mod run_folder;
mod secrets;
mod session;
mod states;
mod status;
mod steps;
mod tool_plan;
mod uses;

pub use by_hand::{ByHand, Called, StateAfter, by_hand};
pub use consent::{AskMore, AskPlan, Consent};
pub use cover::Yes;
pub use deploy::{Deployed, Deployment, deploy};
pub use drive::Failures;
pub use driver::is_driven;
pub use due::age;
pub use failure::StepFailure;
pub use import::{Import, ImportAction, ImportEnd, Imported, import};
pub use lookups::unmet_lookups;
pub use plan_only::{PlanRequest, plan};
pub use preflight::{shared_states, unprotected_states};
pub use publish::check_given;
pub use resume::{CutOff, cut_off, resolve};
pub use run_folder::{private_folders, said, step_folders};
pub use seam_tools::terraform::Goal;
pub use session::{Caller, Places, Session, Stop};
pub use states::States;
pub use status::{InstanceStatus, Standing, left_behind, status};

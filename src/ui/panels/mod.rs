//! The panes of the window, one file each: functions of what there is that draw
//! it and collect what is asked for.

pub mod browse;
pub mod comparison;
pub mod details;
pub mod empty;
pub mod export_dialog;
pub mod first_look;
pub mod keys_dialog;
pub mod main_table;
pub mod messages;
pub mod object_card;
pub mod path_dialog;
pub mod path_field;
pub mod retainers;
pub mod row_menu;
pub mod settings_dialog;
pub mod sidebar;
pub mod snapshot_card;
pub mod status_bar;
pub mod summary;
pub mod toolbar;
pub mod view_bar;

//! `[pbx.csta]` as typed. What is not written is absent where the dialect decides it.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::config) struct Csta {
    pub(in crate::config) dialect: String,
    pub(in crate::config) edition: Option<String>,
    pub(in crate::config) application_session: Option<String>,
    pub(in crate::config) application: String,
    pub(in crate::config) protocol_versions: Option<Vec<String>>,
    pub(in crate::config) pbx_speaks_first: Option<bool>,
    pub(in crate::config) register: Option<bool>,
    pub(in crate::config) keep_alive: Option<String>,
    pub(in crate::config) keep_alive_element: Option<String>,
    pub(in crate::config) discover: Option<bool>,
    pub(in crate::config) extensions: Vec<String>,
    pub(in crate::config) hunt_groups: Vec<String>,
    pub(in crate::config) monitor_own_user: Option<bool>,
    pub(in crate::config) agents: Option<bool>,
    pub(in crate::config) unwanted_events: Vec<String>,
    pub(in crate::config) filter_true: String,
    pub(in crate::config) monitor_private: Option<String>,
    pub(in crate::config) internal_digits_max: usize,
    pub(in crate::config) in_flight_max: usize,
    pub(in crate::config) devices_max: usize,
    pub(in crate::config) frame_bytes_max: usize,
    pub(in crate::config) device: Device,
    pub(in crate::config) login: Login,
    pub(in crate::config) limits: Limits,
    pub(in crate::config) timers: Timers,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::config) struct Device {
    pub(in crate::config) text: Option<String>,
    pub(in crate::config) type_of_number: Option<String>,
    pub(in crate::config) attributes: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::config) struct Login {
    pub(in crate::config) namespace: Option<String>,
    pub(in crate::config) cleanup_delay_s: Option<u32>,
    pub(in crate::config) element: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
#[allow(clippy::struct_field_names, reason = "the bound stands in every name, here as elsewhere")]
pub(in crate::config) struct Limits {
    pub(in crate::config) depth_max: usize,
    pub(in crate::config) elements_max: usize,
    pub(in crate::config) attributes_max: usize,
    pub(in crate::config) attribute_bytes_max: usize,
    pub(in crate::config) namespaces_max: usize,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::config) struct Timers {
    pub(in crate::config) greeting_s: u64,
    pub(in crate::config) answer_s: u64,
    pub(in crate::config) session_s: u32,
    pub(in crate::config) keep_alive_s: u64,
    pub(in crate::config) keep_alive_misses: u32,
    pub(in crate::config) retry_s: u64,
    pub(in crate::config) retry_max_s: u64,
    pub(in crate::config) refused_s: u64,
    pub(in crate::config) capture_quiet_s: u64,
}

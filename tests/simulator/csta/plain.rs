//! A plain call in each dialect: who speaks first, session, login, devices, monitors, and what becomes of the call.

use std::time::Duration;

use strowger::pbx::session::Status;
use strowger::simulator::Traffic;
use strowger::simulator::csta::Dialect;
use strowger::simulator::exchange::{Action, Deed};
use strowger::telephony::DeviceId;

use super::System;
use crate::load::difference;

const DIALECTS: [(&str, Dialect); 5] = [
    ("generic", Dialect::Generic),
    ("openscape", Dialect::OpenScape),
    ("mx-one", Dialect::MxOne),
    ("dmcc", Dialect::Dmcc),
    ("zultys", Dialect::Zultys),
];

#[test]
fn an_inbound_call_is_told_as_it_was() {
    for (name, dialect) in DIALECTS {
        let system = System::of(name, dialect);
        let mut stage = system.staged(system.site.clone(), Traffic::None);
        let after = |stage: &crate::stage::Stage<_>, seconds| stage.now.plus(Duration::from_secs(seconds));
        stage.run(after(&stage, 5));
        assert_eq!(stage.status, Status::InStep, "{name}: {:?} {:?}", stage.complaints, stage.faults);
        assert!(stage.simulation.face().monitors() > 0, "{name}");
        let trunk = DeviceId::new("94001");
        let call = Action::TrunkCall {
            trunk: Some(trunk.clone()),
            number: Some("01715550123".into()),
            name: Some("ACME Ltd".into()),
            dnis: "1007".into(),
        };
        for (pause, action) in
            [(0, call), (3, Action::Answer { device: "1007".into(), call: None }), (9, Action::Outside { trunk, deed: Deed::HangsUp })]
        {
            stage.run(after(&stage, pause));
            let now = stage.now;
            stage.simulation.perform(action, now).expect("possible");
            stage.run(after(&stage, 0));
        }
        stage.run(after(&stage, 60));
        stage.close();
        let wrong = difference(&stage, name);
        assert!(wrong.is_empty() && stage.books.equal == 1, "{} equal\n{wrong}", stage.books.equal);
    }
}

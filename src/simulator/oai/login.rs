//! A client's first frame: who it is, and whether it may stay (OAI reference §1.3).

use bytes::Bytes;
use strowger_protocol::oai::{EventBody, Login, PortsExceeded, Service};

use super::connection::Stage;
use super::form::BadPassword;
use super::prepared;
use super::server::{ConnectionId, Ending, Server};
use crate::telephony::Time;

/// Lets a client in, or shows it the door.
pub(super) fn login(server: &mut Server, id: ConnectionId, login: &Login, at: Time) {
    let taken = server.logged_in();
    let profile = &server.profile;
    let Some(connection) = server.connections.get_mut(&id) else { return };
    if !matches!(connection.stage, Stage::Login(_)) {
        return;
    }
    if login.service == Service::Smdr {
        connection.end(Ending::NoSmdr);
    } else if login.password != *profile.password {
        match &profile.forms.bad_password {
            BadPassword::Close => connection.end(Ending::BadPassword),
            BadPassword::Reply(text) => {
                connection.raw(Bytes::from(strowger_protocol::oai::text::encode(text)), profile);
                connection.end(Ending::BadPassword);
            }
            BadPassword::Line(line) => {
                connection.line(line.as_bytes(), profile);
                connection.end(Ending::BadPassword);
            }
            BadPassword::Silence => connection.stage = Stage::Ignored,
        }
    } else if profile.ports > 0 && taken >= usize::from(profile.ports) {
        let full = EventBody::PortsExceeded(PortsExceeded { max_ports: Some(profile.ports) });
        connection.line(&prepared::unmonitored(None, full, profile), profile);
        connection.end(Ending::PortsExceeded(profile.ports));
    } else {
        connection.stage = Stage::Open;
        connection.application = login.application.as_str().into();
        connection.idle_at = at.plus(profile.idle());
        prepared::power_up(connection, profile, at);
    }
}

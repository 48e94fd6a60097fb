//! Stable identities of users and groups, made from what people call them.

use uuid::Uuid;

/// The root of every identity made here; fixed for ever, since stored records carry its children.
const NAMESPACE: Uuid = Uuid::from_u128(0x5f1d_2f0e_7c0b_4b7e_9a54_8d1c_3e62_a1f7);

/// The user's identity: from the email, whatever its case; from the name where there is no email.
pub fn user_id(name: &str, email: Option<&str>) -> Uuid {
    match email {
        Some(email) => Uuid::new_v5(&NAMESPACE, format!("user email {}", email_key(email)).as_bytes()),
        None => Uuid::new_v5(&NAMESPACE, format!("user name {name}").as_bytes()),
    }
}

/// The group's identity: from its name.
pub fn group_id(name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("group {name}").as_bytes())
}

/// What two emails are compared by: they are the same person's whatever their case.
pub fn email_key(email: &str) -> String {
    email.to_lowercase()
}

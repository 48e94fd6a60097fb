//! The record's JSON Schema, from the types.

use serde_json::{Value, json};
use utoipa::openapi::{ComponentsBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::CallRecord;

/// JSON Schema (2020-12) of the call record.
pub fn json_schema() -> Value {
    let mut schemas: Vec<(String, RefOr<Schema>)> = Vec::new();
    <CallRecord as ToSchema>::schemas(&mut schemas);
    schemas.sort_by(|a, b| a.0.cmp(&b.0));
    let components = ComponentsBuilder::new().schemas_from_iter(schemas).build();
    let definitions = serde_json::to_value(components).ok().and_then(|v| v.get("schemas").cloned()).unwrap_or_default();
    let mut schema = serde_json::to_value(CallRecord::schema()).unwrap_or_default();
    if let Value::Object(object) = &mut schema {
        object.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        object.insert("title".into(), json!("Call record"));
        object.insert("$defs".into(), definitions);
    }
    refer_to_definitions(&mut schema);
    schema
}

/// OpenAPI keeps schemas in `components`, JSON Schema in `$defs`.
fn refer_to_definitions(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(target)) = object.get_mut("$ref") {
                *target = target.replace("#/components/schemas/", "#/$defs/");
            }
            object.values_mut().for_each(refer_to_definitions);
        }
        Value::Array(items) => items.iter_mut().for_each(refer_to_definitions),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

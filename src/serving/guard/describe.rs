//! What OpenAPI tells of access.

use serde_json::{Value as Json, json};

use super::Guard;

impl Guard {
    /// Adds to an OpenAPI document how one says who one is, and the refusals of who may not ask.
    pub fn describe(&self, document: &mut Json) {
        if self.has_tokens() {
            let description =
                "Tokens have scopes: `metrics` for /metrics, `admin` for what is below /admin/, `predict` for the rest";
            document["components"]["securitySchemes"]["token"] =
                json!({ "type": "http", "scheme": "bearer", "description": description });
            document["security"] = json!([{ "token": [] }]);
        }
        let Some(paths) = document["paths"].as_object_mut() else { return };
        for (path, operations) in paths {
            let is_public = self.public.contains(path);
            for operation in operations.as_object_mut().into_iter().flat_map(|operations| operations.values_mut()) {
                if is_public {
                    operation["security"] = json!([]);
                    continue;
                }
                let schema = if path.ends_with("/invocations") { "MlflowRefusal" } else { "Refusal" };
                let reference = json!({ "$ref": format!("#/components/schemas/{schema}") });
                let mut add = |status: &str, description: &str, header: &str| {
                    operation["responses"][status] = json!({
                        "description": description,
                        "headers": { header: { "schema": { "type": "string" } } },
                        "content": { "application/json": { "schema": reference.clone() } },
                    });
                };
                if self.has_tokens() {
                    add("401", "There is no token, or it is not known", "WWW-Authenticate");
                    add("403", "The token has not the scope", "WWW-Authenticate");
                } else if Self::is_admin(path) {
                    add("403", "Only this machine itself may ask", "WWW-Authenticate");
                }
                if self.rates.any() {
                    add("429", "Too many requests of this token or address", "Retry-After");
                }
                // Whoever opens a page without a token gets one that asks for it.
                if self.has_tokens() && operation["responses"]["200"]["content"]["text/html"].is_object() {
                    operation["responses"]["401"]["content"]["text/html"] = json!({ "schema": { "type": "string" } });
                }
            }
        }
    }
}

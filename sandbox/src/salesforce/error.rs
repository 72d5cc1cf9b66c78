//! A refusal in Salesforce's words: an array of one object, with a code that clients branch on.
//!
//! Messages come in the user's language, so no client may read them.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm>

use super::settings::Language;
use serde_json::{Map, Value as Json, json};
use std::fmt;

/// Why a call, or a row of it, was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// The HTTP status of a call that is about this alone.
    pub status: u16,
    /// `errorCode`, or `statusCode` within an answer about several rows.
    pub code: &'static str,
    /// In English.
    pub message: String,
    /// The fields that it is about.
    pub fields: Vec<String>,
    /// What else the object holds, such as the matches of a duplicate rule.
    pub(super) more: Map<String, Json>,
}

/// What a call of this simulator gives.
pub(super) type Answer = Result<Json, ApiError>;

impl fmt::Display for ApiError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.status, self.code)?;
        if self.fields.is_empty() { Ok(()) } else { write!(out, " {:?}", self.fields) }
    }
}

impl std::error::Error for ApiError {}

impl ApiError {
    /// A refusal with any status.
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), fields: Vec::new(), more: Map::new() }
    }

    /// The common status.
    pub(super) fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// Names the fields that it is about.
    pub(super) fn about<F: Into<String>>(mut self, fields: impl IntoIterator<Item = F>) -> Self {
        self.fields = fields.into_iter().map(Into::into).collect();
        self
    }

    /// Adds something to the object.
    pub(super) fn with(mut self, key: &str, value: Json) -> Self {
        self.more.insert(key.to_owned(), value);
        self
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "NOT_FOUND", "The requested resource does not exist")
    }

    pub(super) fn method_not_allowed() -> Self {
        let message = "HTTP Method not allowed. Allowed are HEAD,GET,POST,PATCH,DELETE";
        Self::new(405, "METHOD_NOT_ALLOWED", message)
    }

    pub(super) fn invalid_session() -> Self {
        Self::new(401, "INVALID_SESSION_ID", "Session expired or invalid")
    }

    pub(super) fn over_quota() -> Self {
        Self::new(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    }

    pub(super) fn malformed_query(message: impl Into<String>) -> Self {
        Self::bad("MALFORMED_QUERY", message)
    }

    pub(super) fn malformed_id(id: &str) -> Self {
        Self::bad("MALFORMED_ID", format!("malformed id {id}"))
    }

    pub(super) fn no_such_column(field: &str, object: &str) -> Self {
        let message = format!(
            "\nNo such column '{field}' on entity '{object}'. If you are attempting to use a custom field, \
             be sure to append the '__c' after the custom field name. Please reference your WSDL or the \
             describe call for the appropriate names."
        );
        Self::bad("INVALID_FIELD", message)
    }

    /// One object of a call's own refusal. In answers to single calls `fields` is told only where a write
    /// is about fields.
    pub(super) fn json(&self, language: Language) -> Json {
        let mut object = self.more.clone();
        object.insert("message".to_owned(), self.told(language).into());
        object.insert("errorCode".to_owned(), self.code.into());
        if !self.fields.is_empty() {
            object.insert("fields".to_owned(), json!(self.fields));
        }
        Json::Object(object)
    }

    /// One object within an answer about several rows: other keys, and no details of duplicates.
    pub(super) fn row_json(&self, language: Language) -> Json {
        json!({ "statusCode": self.code, "message": self.told(language), "fields": self.fields })
    }

    /// The message in the user's language.
    pub(super) fn told(&self, language: Language) -> String {
        let fields = self.fields.join(", ");
        match (language, self.code) {
            (Language::English, _) => self.message.clone(),
            (Language::Portuguese, "REQUIRED_FIELD_MISSING") => {
                format!("Campos obrigatórios ausentes: [{fields}]")
            }
            (Language::Portuguese, "STRING_TOO_LONG") => format!("{fields}: valor de dados muito grande"),
            (Language::Portuguese, "INVALID_EMAIL_ADDRESS") => {
                format!("{fields}: endereço de email inválido")
            }
            (Language::Portuguese, "INVALID_SESSION_ID") => "Sessão expirada ou inválida".to_owned(),
            (Language::Portuguese, "REQUEST_LIMIT_EXCEEDED") => "Limite TotalRequests excedido.".to_owned(),
            (Language::Portuguese, "ENTITY_IS_DELETED") => "a entidade foi excluída".to_owned(),
            (Language::Portuguese, "NOT_FOUND") => "O recurso solicitado não existe".to_owned(),
            (Language::Portuguese, "UNABLE_TO_LOCK_ROW") => {
                "não foi possível obter acesso exclusivo a este registro".to_owned()
            }
            (Language::Portuguese, code) => format!("Ocorreu um erro ({code})."),
        }
    }
}

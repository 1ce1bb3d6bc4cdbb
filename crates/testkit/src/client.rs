//! An HTTP client that sends what it is told and nothing else.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::reply::Reply;
use crate::wait::within;

/// A client of one server; every request carries the same `Authorization`, or none.
#[derive(Debug, Clone)]
pub struct Client {
    pool: Pool<HttpConnector, Full<Bytes>>,
    server: SocketAddr,
    authorization: Option<String>,
}

impl Client {
    /// A client without API key.
    pub fn anonymous(server: SocketAddr) -> Self {
        Self::new(server, false)
    }

    /// The same over HTTP/2, where one connection takes many requests at once.
    pub fn anonymous_http2(server: SocketAddr) -> Self {
        Self::new(server, true)
    }

    fn new(server: SocketAddr, http2: bool) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            pool: Pool::builder(TokioExecutor::new())
                .http2_only(http2)
                .build(connector),
            server,
            authorization: None,
        }
    }

    /// The same client, with an API key.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        self.with_authorization(&format!("Bearer {key}"))
    }

    /// The same client, with any `Authorization` whatsoever.
    #[must_use]
    pub fn with_authorization(&self, value: &str) -> Self {
        Self {
            authorization: Some(value.to_owned()),
            ..self.clone()
        }
    }

    /// The same client with a connection for each request, of which none is open afterwards.
    #[must_use]
    pub fn keeping_none(&self) -> Self {
        let pool = Pool::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(HttpConnector::new());
        Self {
            pool,
            ..self.clone()
        }
    }

    /// Where it sends its requests to.
    pub const fn server(&self) -> SocketAddr {
        self.server
    }

    /// Begins a request. `path` is everything after the authority.
    pub fn call(&self, method: &str, path: &str) -> Call {
        let mut headers = HeaderMap::new();
        if let Some(authorization) = &self.authorization {
            headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
        }
        Call {
            client: self.clone(),
            method: method.parse().unwrap(),
            path: path.to_owned(),
            headers,
            body: Bytes::new(),
        }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        self.call("GET", path).send().await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.call("POST", path).json(&body).send().await
    }

    /// `PATCH` of JSON.
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.call("PATCH", path).json(&body).send().await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Reply {
        self.call("DELETE", path).send().await
    }

    /// Asks for a further client token of a refresh token, for the room in the path.
    pub async fn refresh(&self, room_id: &str, refresh_token: &str) -> Reply {
        let path = format!("/v2/rooms/{room_id}/actions/refresh_client_token");
        self.post(&path, serde_json::json!({"refresh_token": refresh_token}))
            .await
    }
}

/// A request that is being made.
#[derive(Debug, Clone)]
pub struct Call {
    client: Client,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers
            .append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    /// Sets a JSON body, with its content type.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }

    /// Sets a body and nothing about it.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends the request and reads the answer.
    pub async fn send(self) -> Reply {
        self.try_send().await.expect("no answer came")
    }

    /// Sends the request; `None` if the server is gone before all of its answer came.
    pub async fn try_send(self) -> Option<Reply> {
        let uri: Uri = format!("http://{}{}", self.client.server, self.path)
            .parse()
            .unwrap();
        let mut request = Request::new(Full::new(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = uri;
        *request.headers_mut() = self.headers;
        within(async {
            let response = self.client.pool.request(request).await.ok()?;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.ok()?.to_bytes();
            Some(Reply::new(parts.status, parts.headers, body))
        })
        .await
    }
}

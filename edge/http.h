// What an edge says to HTTP: which requests become a WebSocket, and the answers to all others.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trunkline::edge {

// `echo` has no name, and is never agreed on: an edge started with --echo speaks nothing else.
enum class Protocol : std::uint8_t { bin, json, echo };
std::string_view name_of(Protocol protocol);  // trunkline.v1.bin, trunkline.v1.json

// The first of a client's list (Sec-WebSocket-Protocol) that is spoken here.
std::optional<Protocol> protocol_of(std::string_view offered);

struct HttpRequest {
  bool is_get = false;
  bool has_body = false;
  std::string_view target;
  bool has_origin = false;
  std::string_view origin;  // empty where there are several
  bool wants_websocket = false;
  std::string_view protocols;
  std::string_view if_none_match;
};

enum class HttpAction : std::uint8_t { answer, upgrade, health, metrics, lab };

struct HttpDecision {
  HttpAction action = HttpAction::answer;
  unsigned status = 404;               // answer only
  std::string_view text;               // answer only: its body, for people
  Protocol protocol = Protocol::json;  // upgrade only
};

// `origins`: exact. A request without an Origin is not from a browser page, and passes.
HttpDecision decide(const HttpRequest& request, const std::vector<std::string>& origins);
// The same for an edge that echoes: a WebSocket on any path, with or without a sub-protocol.
HttpDecision decide_echo(const HttpRequest& request, const std::vector<std::string>& origins);

// What every answer says to browsers: it is no page, to be guessed at, framed, kept or told about.
// `tls`: they shall come by TLS only.
std::vector<std::pair<std::string_view, std::string_view>> security_headers(bool tls);

struct HttpAnswer {
  unsigned status = 200;
  std::string_view type = "text/plain";
  std::string_view body = {};
  std::string_view etag = {};      // it may be kept, and is asked for again with this
  std::string_view location = {};  // relative: whoever stands before an edge may add to its path
  bool is_page = false;            // it may load its own scripts and styles, and nothing else
};

// A whole answer, after which the connection is closed.
std::string http_answer(const HttpAnswer& answer, bool tls);

// The origins of the edge's own pages: scheme, address and port; on loopback by all its names.
std::vector<std::string> own_origins(bool tls, std::string_view address, std::uint16_t port);

}  // namespace trunkline::edge

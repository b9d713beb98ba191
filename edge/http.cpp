#include "edge/http.h"

#include <algorithm>

namespace trunkline::edge {
namespace {

// No inline script or style, and nothing from elsewhere.
constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

HttpDecision answer(unsigned status, std::string_view text) {
  HttpDecision decision;
  decision.status = status;
  decision.text = text;
  return decision;
}

HttpDecision action(HttpAction what) {
  HttpDecision decision;
  decision.action = what;
  return decision;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

HttpDecision upgrade(Protocol protocol) {
  HttpDecision decision = action(HttpAction::upgrade);
  decision.protocol = protocol;
  return decision;
}

// Why this is no WebSocket of a page that may connect; status 0: it is one.
HttpDecision refusal_of(const HttpRequest& request, const std::vector<std::string>& origins) {
  if (!request.wants_websocket) return answer(426, "this path speaks WebSocket only\n");
  const bool allowed = !request.has_origin ||
                       std::find(origins.begin(), origins.end(), request.origin) != origins.end();
  return allowed ? answer(0, {}) : answer(403, "pages of this origin may not connect here\n");
}

HttpDecision decide_websocket(const HttpRequest& request, const std::vector<std::string>& origins) {
  const HttpDecision refusal = refusal_of(request, origins);
  if (refusal.status != 0) return refusal;
  const auto protocol = protocol_of(request.protocols);
  if (!protocol) {
    return answer(400, "offer the sub-protocol trunkline.v1.json or trunkline.v1.bin\n");
  }
  return upgrade(*protocol);
}

std::string_view reason_of(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 304:
      return "Not Modified";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 426:
      return "Upgrade Required";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Other";
  }
}

}  // namespace

std::string_view name_of(Protocol protocol) {
  if (protocol == Protocol::echo) return {};
  return protocol == Protocol::bin ? "trunkline.v1.bin" : "trunkline.v1.json";
}

std::optional<Protocol> protocol_of(std::string_view offered) {
  while (!offered.empty()) {
    const std::size_t comma = offered.find(',');
    const std::string_view one = trimmed(offered.substr(0, comma));
    if (one == name_of(Protocol::bin)) return Protocol::bin;
    if (one == name_of(Protocol::json)) return Protocol::json;
    offered.remove_prefix(comma == std::string_view::npos ? offered.size() : comma + 1);
  }
  return std::nullopt;
}

HttpDecision decide(const HttpRequest& request, const std::vector<std::string>& origins) {
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  const bool is_lab = path == "/lab" || path.starts_with("/lab/");
  if (path != "/ws" && path != "/healthz" && path != "/metrics" && !is_lab) {
    return answer(404, "nothing here; clients connect to /ws\n");
  }
  if (!request.is_get) return answer(405, "GET only\n");
  if (request.has_body) return answer(400, "no body is read here\n");
  if (is_lab) return action(HttpAction::lab);
  if (path == "/healthz") return action(HttpAction::health);
  if (path == "/metrics") return action(HttpAction::metrics);
  return decide_websocket(request, origins);
}

HttpDecision decide_echo(const HttpRequest& request, const std::vector<std::string>& origins) {
  const HttpDecision refusal = refusal_of(request, origins);
  return refusal.status != 0 ? refusal : upgrade(Protocol::echo);
}

std::vector<std::pair<std::string_view, std::string_view>> security_headers(bool tls) {
  std::vector<std::pair<std::string_view, std::string_view>> headers = {
      {"Cache-Control", "no-store"},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
  };
  if (tls) headers.emplace_back("Strict-Transport-Security", "max-age=31536000");
  return headers;
}

std::string http_answer(const HttpAnswer& answer, bool tls) {
  std::string out = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  const auto header = [&out](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
  };
  out.append(reason_of(answer.status)).append("\r\n");
  header("Connection", "close");
  if (answer.status != 304) {
    header("Content-Type", std::string(answer.type) + "; charset=utf-8");
    header("Content-Length", std::to_string(answer.body.size()));
  }
  for (const auto& [name, value] : security_headers(tls)) {
    const bool is_policy = name == "Content-Security-Policy";
    const bool is_cache = name == "Cache-Control";
    if (is_policy && answer.is_page) {
      header(name, kPagePolicy);
    } else if (is_cache && !answer.etag.empty()) {
      header(name, "no-cache");
    } else {
      header(name, value);
    }
  }
  if (!answer.etag.empty()) header("ETag", answer.etag);
  if (!answer.location.empty()) header("Location", answer.location);
  if (answer.status == 405) header("Allow", "GET");
  if (answer.status == 426) header("Upgrade", "websocket");
  return out.append("\r\n").append(answer.body);
}

std::vector<std::string> own_origins(bool tls, std::string_view address, std::uint16_t port) {
  std::vector<std::string> hosts;
  const bool loopback = address.starts_with("127.") || address == "::1";
  const bool v6 = address.find(':') != std::string_view::npos;
  hosts.push_back(v6 ? "[" + std::string(address) + "]" : std::string(address));
  if (loopback) hosts.insert(hosts.end(), {"localhost", "127.0.0.1", "[::1]"});
  const std::string scheme = tls ? "https://" : "http://";
  const bool usual = port == (tls ? 443 : 80);  // a browser leaves the usual port out
  std::vector<std::string> origins;
  for (const std::string& host : hosts) {
    origins.push_back(scheme + host + (usual ? "" : ":" + std::to_string(port)));
  }
  return origins;
}

}  // namespace trunkline::edge

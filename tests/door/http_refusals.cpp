// What is no WebSocket of ours: requests, headers, Origins, sub-protocols, bodies.
#include "tests/door/refusal.h"

namespace trunkline::tests {
namespace {

const std::string kHost = "Host: 127.0.0.1\r\n";
const std::string kJson(kJsonProtocol);

std::string get(const std::string& target, const std::string& more = {}) {
  return "GET " + target + " HTTP/1.1\r\n" + kHost + more + "\r\n";
}
std::string with_method(const std::string& method, const std::string& target,
                        const std::string& more = {}, const std::string& body = {}) {
  return method + " " + target + " HTTP/1.1\r\n" + kHost + more + "\r\n" + body;
}
// A whole upgrade without the lines that begin with one of these.
std::string upgrade_without(const std::string& name, const std::string& more = {}) {
  std::string request = upgrade_request(kJson + more);
  const std::size_t at = request.find("\r\n" + name);
  return request.erase(at, request.find("\r\n", at + 2) - at);
}

struct Row {
  const char* name;
  std::string request;
  unsigned status;
};

std::vector<Row> request_rows() {
  const std::string big(9 * 1024, 'x');
  return {
      {"no upgrade", get("/ws"), 426},
      {"an upgrade to something else", get("/ws", "Connection: Upgrade\r\nUpgrade: h2c\r\n"), 426},
      {"an upgrade of HTTP/1.0",
       "GET /ws HTTP/1.0" + upgrade_request(kJson).substr(upgrade_request().find("\r\n")), 426},
      {"no sub-protocol", upgrade_request(), 400},
      {"an unknown sub-protocol", upgrade_request("Sec-WebSocket-Protocol: mqtt\r\n"), 400},
      {"a sub-protocol in capitals",
       upgrade_request("Sec-WebSocket-Protocol: TRUNKLINE.V1.JSON\r\n"), 400},
      {"a sub-protocol that begins as ours",
       upgrade_request("Sec-WebSocket-Protocol: trunkline.v1.jsonp\r\n"), 400},
      {"the mode of conformance suites", upgrade_request("Sec-WebSocket-Protocol: echo\r\n"), 400},
      {"an empty sub-protocol", upgrade_request("Sec-WebSocket-Protocol: \r\n"), 400},
      {"WebSocket version 8",
       upgrade_without("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8\r\n"), 426},
      {"no WebSocket version", upgrade_without("Sec-WebSocket-Version"), 400},
      {"no key", upgrade_without("Sec-WebSocket-Key"), 400},
      {"no host", upgrade_without("Host"), 400},
      {"frames before the answer", upgrade_request(kJson) + frame(kText, "{}"), 400},
      {"POST to the socket", with_method("POST", "/ws"), 405},
      {"PUT to the counters", with_method("PUT", "/metrics"), 405},
      {"HEAD of the health", with_method("HEAD", "/healthz"), 405},
      {"DELETE of the health", with_method("DELETE", "/healthz"), 405},
      {"OPTIONS", with_method("OPTIONS", "/ws"), 405},
      {"TRACE", with_method("TRACE", "/ws"), 405},
      {"another path", get("/admin"), 404},
      {"a path that climbs", get("/ws/../../etc/passwd"), 404},
      {"a path in percents", get("/%77s"), 404},
      {"the root", get("/"), 404},
      {"a target with a host", get("http://elsewhere.example/ws"), 404},
      {"a tunnel", with_method("CONNECT", "elsewhere.example:443"), 404},
      {"a header of 9 KiB", get("/ws", "X-Long: " + big + "\r\n"), 431},
      {"a target of 9 KiB", get("/" + big), 431},
      {"a header of 8 KiB and a byte",
       get("/ws", "X-Long: " + std::string(8 * 1024 + 1 - get("/ws", "X-Long: \r\n").size(), 'x') +
                      "\r\n"),
       431},
      {"600 headers",
       [] {
         std::string many;
         for (int i = 0; i < 600; ++i) many += "X-" + std::to_string(i) + ": 1234567890\r\n";
         return get("/ws", many);
       }(),
       431},
      {"a body", upgrade_request(kJson + "Content-Length: 5\r\n") + "hello", 400},
      {"a body that is promised", upgrade_request(kJson + "Content-Length: 5\r\n"), 400},
      {"a posted body", with_method("POST", "/ws", "Content-Length: 5\r\n", "hello"), 400},
      {"a body in chunks", upgrade_request(kJson + "Transfer-Encoding: chunked\r\n"), 400},
      {"two lengths", upgrade_request(kJson + "Content-Length: 0\r\nContent-Length: 5\r\n"), 400},
      {"a length that is no number", upgrade_request(kJson + "Content-Length: -1\r\n"), 400},
      {"a length and chunks",
       upgrade_request(kJson + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"no HTTP", "hello, is anybody there?\r\n\r\n", 400},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"HTTP/9.9", "GET /ws HTTP/9.9\r\n" + kHost + "\r\n", 400},
      {"a header without a colon", get("/ws", "Upgrade websocket\r\n"), 400},
      {"a header's name with a space", get("/ws", "Up grade: websocket\r\n"), 400},
      {"a control character in a header", get("/ws", "X-A: a\x01z\r\n"), 400},
      {"NUL in a header", get("/ws", std::string("X-A: a\0z\r\n", 10)), 400},
      {"a bare line feed", "GET /ws HTTP/1.1\n" + kHost + "\n", 400},
      {"a space before the colon", get("/ws", "Upgrade : websocket\r\n"), 400},
  };
}

struct OriginRow {
  const char* name;
  std::function<std::string(const std::string& own)> lines;  // of the Origin headers
};

std::vector<OriginRow> origin_rows() {
  const auto one = [](const std::string& value) { return "Origin: " + value + "\r\n"; };
  const auto port_of = [](const std::string& own) { return own.substr(own.rfind(':')); };
  return {
      {"foreign", [=](auto&) { return one("https://elsewhere.example"); }},
      {"null", [=](auto&) { return one("null"); }},
      {"empty", [=](auto&) { return one(""); }},
      {"any", [=](auto&) { return one("*"); }},
      {"the own with more behind", [=](auto& own) { return one(own + ".elsewhere.example"); }},
      {"the own with a slash", [=](auto& own) { return one(own + "/"); }},
      {"the own with a path", [=](auto& own) { return one(own + "/ws"); }},
      {"the own with a user", [=](auto& own) { return one("https://a@" + own.substr(8)); }},
      {"the own in another scheme", [=](auto& own) { return one("http://" + own.substr(8)); }},
      {"the own in capitals", [=](auto& own) { return one("HTTPS" + own.substr(5)); }},
      {"the own on another port", [=](auto& own) { return one(own + "1"); }},
      {"the own without its port", [=](auto&) { return one("https://127.0.0.1"); }},
      {"the own of a longer host",
       [=](auto& own) { return one("https://1127.0.0.1" + port_of(own)); }},
      {"the own, then a foreign one",
       [=](auto& own) { return one(own) + one("https://elsewhere.example"); }},
      {"a foreign one, then the own",
       [=](auto& own) { return one("https://elsewhere.example") + one(own); }},
      {"the own and a foreign one in one line",
       [=](auto& own) { return one(own + " https://elsewhere.example"); }},
  };
}

}  // namespace

std::vector<Refusal> http_refusals() {
  std::vector<Refusal> all;
  for (const Row& row : request_rows()) {
    all.push_back({"http", row.name,
                   [request = row.request](Door& door) { return door.http(request); },
                   "HTTP " + std::to_string(row.status)});
  }
  for (const OriginRow& row : origin_rows()) {
    const auto attempt = [lines = row.lines](Door& door) {
      return door.http(upgrade_request(kJson + lines(door.origin())));
    };
    all.push_back({"origin", row.name, attempt, "HTTP 403"});
  }
  return all;
}

}  // namespace trunkline::tests

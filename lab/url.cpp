#include "lab/url.h"

#include <stdexcept>

namespace trunkline::lab {

std::string Url::authority() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + (port.empty() ? "" : ":" + port);
}

Url parse_url(std::string_view text) {
  const auto refuse = [text]() -> std::runtime_error {
    return std::runtime_error("\"" + std::string(text) +
                              "\" is not a URL such as ws://127.0.0.1:8080 or wss://host:443/ws");
  };
  constexpr std::string_view kPlainUnix = "ws+unix:", kTlsUnix = "wss+unix:";
  if (text.starts_with(kPlainUnix) || text.starts_with(kTlsUnix)) {
    Url url;
    url.tls = text.starts_with(kTlsUnix);
    url.socket_path = text.substr(text.find(':') + 1);
    url.host = "localhost";
    url.path = "/";
    if (url.socket_path.empty()) throw refuse();
    return url;
  }
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) throw refuse();
  const std::string_view scheme = text.substr(0, colon);
  Url url;
  url.tls = scheme == "wss" || scheme == "https";
  if (!url.tls && scheme != "ws" && scheme != "http") throw refuse();

  std::string_view rest = text.substr(colon + 3);
  const std::size_t slash = rest.find('/');
  url.path = slash == std::string_view::npos ? "/" : std::string(rest.substr(slash));
  rest = rest.substr(0, slash);

  std::size_t host_end = rest.find(':');
  if (rest.starts_with('[')) {
    const std::size_t bracket = rest.find(']');
    if (bracket == std::string_view::npos) throw refuse();
    url.host = rest.substr(1, bracket - 1);
    host_end = bracket + 1;
  } else {
    url.host = rest.substr(0, host_end);
  }
  const bool has_port = host_end < rest.size() && rest[host_end] == ':';
  url.port = has_port ? std::string(rest.substr(host_end + 1)) : url.tls ? "443" : "80";
  if (url.host.empty() || url.port.empty() ||
      url.port.find_first_not_of("0123456789") != std::string::npos) {
    throw refuse();
  }
  return url;
}

}  // namespace trunkline::lab

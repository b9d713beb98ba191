// URLs of edges: ws, wss, http and https, with a port or the scheme's own; ws+unix: and wss+unix:
// with the path of a socket.
#pragma once

#include <string>
#include <string_view>

namespace trunkline::lab {

struct Url {
  bool tls = false;         // wss, https
  std::string socket_path;  // of a UNIX socket; then host and port are localhost and none
  std::string host;         // without the brackets of an IPv6 address
  std::string port;
  std::string path;  // begins with '/'; "/" where there is none

  std::string authority() const;  // as in a Host header
};

// Throws std::runtime_error that quotes `text`.
Url parse_url(std::string_view text);

}  // namespace trunkline::lab

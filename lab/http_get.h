// One HTTP request, blocking: /healthz and /metrics of an edge, and what it says to strangers.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace trunkline::lab {

struct HttpReply {
  unsigned status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
};

// GET `path` of the edge at `url` (its own path is not used), 10 s at most; certificates are not
// verified. Throws std::runtime_error if there is no answer.
HttpReply http_get(const std::string& url, const std::string& path,
                   const std::vector<std::pair<std::string, std::string>>& headers = {});

}  // namespace trunkline::lab

#include "tests/support/metrics.h"

#include <sstream>

#include "lab/http_get.h"

namespace trunkline::tests {

double sum_of_metric(const std::string& text, const std::string& name) {
  std::istringstream lines(text);
  double sum = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name)) continue;
    const char after = line.size() > name.size() ? line[name.size()] : '\0';
    if (after == '{' || after == ' ') sum += std::stod(line.substr(line.rfind(' ') + 1));
  }
  return sum;
}

double metric_at(const std::string& url, const std::string& name) {
  return sum_of_metric(lab::http_get(url, "/metrics").body, name);
}

}  // namespace trunkline::tests

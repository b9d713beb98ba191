// What programs tell of themselves, as numbers.
#pragma once

#include <string>

namespace trunkline::tests {

// Adds up all lines "name{labels} value" of Prometheus text; 0 where there is none.
double sum_of_metric(const std::string& text, const std::string& name);
// The same of what the edge at `url` and its rank tell.
double metric_at(const std::string& url, const std::string& name);

}  // namespace trunkline::tests

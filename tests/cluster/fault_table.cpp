#include "tests/cluster/fault_table.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace trunkline::tests {
namespace {

// min / median / max; one figure where there is one.
std::string spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto figure = [](double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", value);
    return std::string(text);
  };
  if (values.size() == 1) return figure(values.front());
  return figure(values.front()) + " / " + figure(values[values.size() / 2]) + " / " +
         figure(values.back());
}

}  // namespace

unsigned kill_rounds() {
  const char* wanted = std::getenv("TRUNKLINE_KILL_ROUNDS");
  return wanted == nullptr ? 1 : static_cast<unsigned>(std::max(1, std::atoi(wanted)));
}

void FaultTable::add(const std::string& fault, const PairsUnderLoad::Wait& wait, const Seen& seen) {
  auto row =
      std::find_if(rows_.begin(), rows_.end(), [&](const Row& one) { return one.fault == fault; });
  if (row == rows_.end()) row = rows_.insert(row, Row{fault, {}, {}, {}});
  row->first_s.push_back(wait.first_s);
  row->last_s.push_back(wait.last_s);
  row->seen += seen;
}

std::string FaultTable::text(const std::string& where, const Verdict& verdict) const {
  std::string all = "\n" + where + ", " + std::to_string(kill_rounds()) +
                    " rounds; seconds to a new STORED (min / median / max)\n\n"
                    "| fault | clients saw | first pair | every pair |\n|---|---|---|---|\n";
  for (const Row& row : rows_) {
    all += "| " + row.fault + " | " + to_string(row.seen) + " | " + spread(row.first_s) + " | " +
           spread(row.last_s) + " |\n";
  }
  return all + "\n" + to_string(verdict) + "\n\n";
}

}  // namespace trunkline::tests

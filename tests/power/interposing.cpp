#include "tests/power/interposing.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/power/faults.h"
#include "tests/power/trace_format.h"

namespace trunkline::power {

namespace {

std::map<std::string, std::string> with_interposer(std::map<std::string, std::string> variables) {
  // A sanitizer wants to be loaded first; it is told that it need not be.
  variables.emplace("ASAN_OPTIONS", "verify_asan_link_order=0");
  variables.emplace("LD_PRELOAD", program_directory() + "/libpower_interposer.so");
  return variables;
}

}  // namespace

Variables::Variables(std::map<std::string, std::string> variables)
    : variables_(std::move(variables)) {
  for (const auto& [name, value] : variables_) setenv(name.c_str(), value.c_str(), 1);
}

Variables::~Variables() {
  for (const auto& [name, value] : variables_) unsetenv(name.c_str());
}

Tracing::Tracing(const std::string& data, const std::string& trace,
                 const std::map<std::string, std::string>& more)
    : variables_([&] {
        std::filesystem::create_directories(trace);
        std::map<std::string, std::string> all = more;
        all.emplace(kDataVariable, data);
        all.emplace(kTraceVariable, trace);
        return with_interposer(std::move(all));
      }()) {}

Faults::Faults(const std::string& data, const std::string& orders)
    : orders_(orders),
      variables_(with_interposer({{kDataVariable, data}, {kOrdersVariable, orders}})) {}

void Faults::order(const std::string& what) const {
  unlink(orders_.c_str());
  if (what.empty()) return;
  std::ofstream(orders_ + ".new") << what;
  std::filesystem::rename(orders_ + ".new", orders_);
}

std::string program_directory() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

}  // namespace trunkline::power

#include <atomic>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>

#include "lab/exit_status.h"
#include "lab/generator_lines.h"
#include "lab/generators.h"

namespace trunkline::lab {
namespace json = boost::json;

namespace {

std::atomic<std::int64_t> begins_at_ns{0};

// The moment when all begin; then nothing more comes, but the end of the parent.
void listen() {
  std::string line;
  if (std::getline(std::cin, line)) begins_at_ns = std::strtoll(line.c_str(), nullptr, 10);
  while (std::getline(std::cin, line)) {
  }
  std::_Exit(kExitError);
}

// By the load's thread and that of its slices.
void say(const char* what, json::value value) {
  static std::mutex mutex;
  const std::string line = json::serialize(json::object{{what, std::move(value)}}) + "\n";
  const std::lock_guard lock(mutex);
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

int generate() {
  try {
    std::string line;
    std::getline(std::cin, line);
    LoadConfig config = config_of_line(line);
    bool ready = false;
    config.begins_at = [&ready] {
      if (!std::exchange(ready, true)) say("ready", true);
      return begins_at_ns.load();
    };
    std::thread(listen).detach();
    const LoadResult result = drive_load(
        config, [](const Progress& progress) { say("progress", to_json(progress)); },
        [](const Slice& slice) { say("slice", to_json(slice)); });
    say("result", to_json(result));
    return kExitGood;
  } catch (const std::exception& problem) {
    say("error", json::string(problem.what()));
    return kExitError;
  }
}

}  // namespace trunkline::lab

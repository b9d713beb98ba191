#include "lab/export_verb.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "lab/exit_status.h"
#include "lab/launch_record.h"
#include "lab/recorded_messages.h"
#include "lab/trace_export.h"

namespace trunkline::lab {
namespace {

// Of all launches. Returns how many there were.
std::size_t for_each_message(const std::string& directory,
                             const std::function<void(const LaunchMessage&)>& take) {
  std::size_t messages = 0, launch = 1;
  for (;; ++launch) {
    const bool is_there =
        read_messages(launch_directory(directory, launch), [&](const TracedMessage& message) {
          ++messages;
          take({launch, message});
        });
    if (!is_there) break;
  }
  if (launch == 1) throw std::runtime_error(directory + " has no launch-01/traced.bin");
  if (messages == 0) {
    throw std::runtime_error("no message of " + directory + " was traced: measure with --trace");
  }
  return messages;
}

void write_exemplars(const ExportOptions& options) {
  Slowest slowest(options.exemplars);
  for_each_message(options.directory, [&](const LaunchMessage& one) { slowest.add(one); });
  const std::string path = options.directory + "/trace.chrome.json";
  std::ofstream file(path);
  write_chrome_trace(file, slowest.take());
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
  std::printf("%s: open it in https://ui.perfetto.dev or chrome://tracing\n", path.c_str());
}

void write_stamps(const ExportOptions& options) {
  const std::string path = options.directory + "/stamps.csv";
  std::ofstream file(path, std::ios::binary);
  write_stamps_head(file);
  const std::size_t rows = for_each_message(
      options.directory, [&](const LaunchMessage& one) { write_stamps_row(file, one); });
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
  std::printf("%s: %zu messages\n", path.c_str(), rows);
}

}  // namespace

CLI::App& add_export(CLI::App& app, ExportOptions& options) {
  CLI::App& verb = *app.add_subcommand("export", "traced messages, for other tools");
  verb.add_option("directory", options.directory, "of an experiment")
      ->required()
      ->check(CLI::ExistingDirectory);
  auto* forms = verb.add_option_group("form");
  forms->add_flag("--chrome", options.chrome,
                  "DIR/trace.chrome.json: the slowest, hop by hop, for Perfetto");
  forms->add_flag("--csv", options.csv, "DIR/stamps.csv: all of them, for pandas");
  forms->require_option(1, 2);
  verb.add_option("--exemplars", options.exemplars, "of --chrome: so many of the slowest")
      ->check(CLI::Range(std::size_t{1}, std::size_t{20'000}))
      ->capture_default_str();
  return verb;
}

int export_traces(const ExportOptions& options) {
  if (options.chrome) write_exemplars(options);
  if (options.csv) write_stamps(options);
  return kExitGood;
}

}  // namespace trunkline::lab

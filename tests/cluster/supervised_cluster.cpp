#include "tests/cluster/supervised_cluster.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/signals.h"
#include "wire/cluster_file.h"

namespace trunkline::tests {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

boost::json::value supervisor_file(const std::string& run_directory) {
  return boost::json::parse(content_of(run_directory + "/supervisor.json"));
}

}  // namespace

SupervisedCluster::SupervisedCluster(Options options) : options_(std::move(options)) {
  fs::create_directory(directory_ + "/run");
  ::chmod((directory_ + "/run").c_str(), 0700);
  std::ofstream accounts(directory_ + "/accounts");
  for (const std::string& name : options_.accounts) accounts << name << " " << name << "\n";
  accounts.close();
  events_ = std::make_unique<cluster::Events>(directory_);
  die_of_signals();
  if (options_.accounts.empty()) {
    start({});
  } else {
    start({"--accounts", directory_ + "/accounts"});
  }
}

void SupervisedCluster::start(const std::vector<std::string>& more) {
  const std::string programs = fs::read_symlink("/proc/self/exe").parent_path();
  cluster::Spawn spawn;
  spawn.arguments = {programs + "/trunkline",
                     "start",
                     "--plain",
                     "--port",
                     "0",
                     "--ranks",
                     std::to_string(options_.ranks),
                     "--edges",
                     options_.edges,
                     "--data",
                     data(),
                     "--run-dir",
                     run_directory(),
                     "--iterations",
                     "4096"};
  spawn.arguments.insert(spawn.arguments.end(), more.begin(), more.end());
  spawn.arguments.insert(spawn.arguments.end(), options_.more.begin(), options_.more.end());
  spawn.environment = options_.environment;
  spawn.log = directory_ + "/supervisor.log";
  urls_.clear();
  ready_ = false;
  spawn.output = events_->line_pipe([this](std::string_view line) {
    printed_.emplace_back(line);
    if (line.starts_with("edge ")) urls_.emplace_back(line.substr(line.find(": ") + 2));
    if (line == "ready") ready_ = true;
  });
  supervisor_ = cluster::Process(spawn);
  ::close(spawn.output);
  events_->wait_until([&] { return ready_ || supervisor_.ended(); }, 60s);
  if (!ready_) throw std::runtime_error("the cluster does not serve:\n" + log());
}

void SupervisedCluster::kill_supervisor() {
  supervisor_.signal(SIGKILL);
  events_->wait_until([&] { return supervisor_.ended(); }, 10s);
}

void SupervisedCluster::start_again() {
  start({});
}

std::string SupervisedCluster::printed(std::string_view beginning) const {
  for (const std::string& line : printed_) {
    if (line.starts_with(beginning)) return line;
  }
  return {};
}

std::vector<std::string> SupervisedCluster::said() const {
  std::vector<std::string> lines;
  std::ifstream in(directory_ + "/supervisor.log");
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

SupervisedCluster::~SupervisedCluster() {
  if (supervisor_.running()) stop();
  supervisor_.signal(SIGKILL);
  for (const pid_t pid : left()) ::kill(pid, SIGKILL);  // only after a test that failed
}

std::string SupervisedCluster::log() const {
  std::string whole = content_of(directory_ + "/supervisor.log");
  for (const auto& file : fs::directory_iterator(run_directory())) {
    if (file.path().extension() == ".log") {
      whole += "--- " + file.path().filename().string() + "\n" + content_of(file.path());
    }
  }
  return whole;
}

std::vector<std::string> SupervisedCluster::urls_now() const {
  const bool inside = options_.edges == "inside" || options_.edges == "fused";
  if (!inside) return urls_;
  std::vector<std::string> urls;
  for (const auto& rank : wire::read_cluster_file(run_directory()).ranks) urls.push_back(rank.url);
  return urls;
}

pid_t SupervisedCluster::mpirun_pid() const {
  return static_cast<pid_t>(
      supervisor_file(run_directory()).at("mpirun_pid").to_number<std::int64_t>());
}

pid_t SupervisedCluster::rank_pid(unsigned rank) const {
  return static_cast<pid_t>(wire::read_cluster_file(run_directory()).ranks.at(rank).pid);
}

pid_t SupervisedCluster::edge_pid(unsigned edge) const {
  const auto file = supervisor_file(run_directory());
  return static_cast<pid_t>(file.at("edges").at(edge).at("pid").to_number<std::int64_t>());
}

int SupervisedCluster::stop() {
  supervisor_.signal(SIGTERM);
  if (!events_->wait_until([&] { return supervisor_.ended(); }, 12s)) return -1;
  return supervisor_.exit_status();
}

std::vector<pid_t> SupervisedCluster::left() const {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string command = content_of(entry.path() / "cmdline");
    if (command.find("trunkline-") != std::string::npos &&
        command.find(directory_) != std::string::npos) {
      found.push_back(static_cast<pid_t>(std::stol(name)));
    }
  }
  return found;
}

}  // namespace trunkline::tests

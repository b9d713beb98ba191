#include "lab/own_ranks.h"

#include <unistd.h>

#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/io.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "lab/admin_client.h"
#include "lab/programs.h"

namespace trunkline::lab {
namespace process = boost::process;

namespace {

constexpr std::chrono::seconds kStartMax{60}, kStopMax{10};
constexpr std::chrono::milliseconds kLookAgain{50};
constexpr const char* kNumber = "OMPI_COMM_WORLD_RANK";

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

struct OwnRanks::Child {
  process::child process;
  wire::ClusterFile cluster;
};

bool is_in_mpi_job() {
  return !variable(kNumber).empty();
}

int number_in_mpi_job() {
  return std::stoi(variable(kNumber));
}

std::string name_of_mpi_job() {
  std::string name = variable("PMIX_NAMESPACE");
  std::erase_if(name, [](unsigned char letter) { return std::isalnum(letter) == 0; });
  return name.empty() ? "job" : name;
}

std::vector<std::string> rank_command(const std::string& programs, const RankOptions& options) {
  std::vector<std::string> command{programs + "/trunkline-rank", "--data", options.data};
  const auto arguments = with_defaults(options.arguments);
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

void become_rank(const RankOptions& options) {
  std::vector<std::string> command = rank_command(programs_directory(), options);
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  throw std::system_error(errno, std::generic_category(), command[0]);
}

OwnRanks::OwnRanks(const RankOptions& options) : child_(std::make_unique<Child>()) {
  const std::string link = options.data + "/run";
  std::error_code ignored;
  std::filesystem::remove(link, ignored);  // of a job before
  child_->process = process::child(rank_command(programs_directory(), options));
  const auto until = std::chrono::steady_clock::now() + kStartMax;
  while (std::chrono::steady_clock::now() < until) {
    try {
      child_->cluster = wire::read_cluster_file(link);
      run_directory_ = std::filesystem::canonical(link);
      return;
    } catch (const std::exception&) {  // not there yet
    }
    if (child_->process.wait_for(kLookAgain)) {
      throw std::runtime_error("the rank of this process ended with status " +
                               std::to_string(child_->process.exit_code()));
    }
  }
  child_->process.terminate();
  throw std::runtime_error("the ranks did not serve within a minute");
}

OwnRanks::~OwnRanks() {
  try {
    AdminClient admin = connect_admin(child_->cluster);
    for (auto rank = child_->cluster.ranks.rbegin(); rank != child_->cluster.ranks.rend(); ++rank) {
      admin.stop(rank->rank);
    }
  } catch (const std::exception&) {  // a rank is gone: mpirun ends the others
  }
  std::error_code ignored;
  if (!child_->process.wait_for(kStopMax, ignored)) child_->process.terminate(ignored);
}

}  // namespace trunkline::lab

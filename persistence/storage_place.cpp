#include "persistence/storage_place.h"

#include <string_view>

namespace trunkline::persistence {

namespace {

// Of the batch systems: the number of a job, and the directories that a job has for itself.
constexpr const char* kJobs[] = {"SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID"};
constexpr const char* kOfTheJob[] = {"TMPDIR", "SLURM_TMPDIR", "PBS_JOBDIR", "JOBSCRATCH"};
// Many sites give each job its own of these (job_container, pam_namespace), or clean them after it.
constexpr const char* kOfTheNode[] = {"/tmp", "/var/tmp", "/dev/shm", "/run"};

constexpr std::string_view kDumpIt =
    " `trunkline admin dump` takes all of it to a file that stays.";

bool lies_in(std::string_view path, std::string_view directory) {
  while (directory.size() > 1 && directory.back() == '/') directory.remove_suffix(1);
  if (directory.size() < 2 || !path.starts_with(directory)) return false;
  return path.size() == directory.size() || path[directory.size()] == '/';
}

// One part of the path names the job, as in /scratch/4711 or /local/me.4711.node1.
bool names_job(std::string_view path, std::string_view job) {
  const std::string_view number = job.substr(0, job.find_first_not_of("0123456789"));
  if (number.empty()) return false;
  for (std::size_t at = path.find(number); at != path.npos; at = path.find(number, at + 1)) {
    const auto is_digit = [&](std::size_t place) {
      return place < path.size() && path[place] >= '0' && path[place] <= '9';
    };
    if ((at == 0 || !is_digit(at - 1)) && !is_digit(at + number.size())) return true;
  }
  return false;
}

// The job that takes `path` along when it ends; empty: none.
std::string job_of(const std::string& path, const Environ& environment) {
  for (const char* name : kJobs) {
    const char* job = environment(name);
    if (job == nullptr || *job == '\0') continue;
    if (names_job(path, job)) return job;
    for (const char* directory : kOfTheNode) {
      if (lies_in(path, directory)) return job;
    }
    for (const char* variable : kOfTheJob) {
      const char* directory = environment(variable);
      if (directory != nullptr && lies_in(path, directory)) return job;
    }
  }
  return {};
}

}  // namespace

std::string storage_warning(wire::Storage storage, const std::string& path,
                            const Environ& environment) {
  if (storage == wire::Storage::memory) {
    return "messages are kept in memory: all of them are gone when the ranks end.";
  }
  const std::string job = job_of(path, environment);
  const std::string where = "data in " + path;
  std::string warning;
  if (storage == wire::Storage::tmpfs) {
    warning = where + " lies in memory (tmpfs): a power cut or a restart of the host takes it, " +
              (job.empty() ? "" : "and so may the end of job " + job + ", ") +
              "with acknowledged messages.";
  } else if (!job.empty()) {
    warning = where + " lies where job " + job +
              " has it on this node: the end of the job may take it, with acknowledged messages.";
  }
  return warning.empty() ? warning : warning.append(kDumpIt);
}

}  // namespace trunkline::persistence

// How one supervisor follows another on the same data: never two at once, and what a supervisor
// that was killed has left is ended before its successor starts.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

namespace trunkline::cluster {

// RUN/supervisor.json: who supervises, and what runs. For `status`, for meters and for a successor.
inline constexpr const char* kSupervisorFileName = "supervisor.json";
// {} where it is absent (ranks may run without a supervisor) or broken.
boost::json::object read_supervisor_file(const std::string& run_directory);

// The right to supervise the cluster of one data directory: a lock on DATA/supervisor.lock, which
// ends with the process, however that ends.
class Claim {
 public:
  // Throws std::runtime_error that names the process which has it.
  explicit Claim(const std::string& data);
  ~Claim();
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;

 private:
  int lock_ = -1;
};

// Kills those processes that DATA/run's supervisor.json names and that still run (mpirun, ranks,
// edges), and waits until they are gone. Each must be the program that it was, started for that run
// directory: a process that only has its number is left alone. Returns what it did, in a sentence;
// empty: nothing was left. REQUIRES: the claim on `data`, and that DATA/run is as it was left.
std::string end_what_was_left(const std::string& data);

}  // namespace trunkline::cluster

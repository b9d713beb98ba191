// The laboratory as an MPI job: `mpirun -np 4 trunkline-lab run …`. Every process of the job
// becomes a rank of a cluster with an edge in it; the first one starts its rank beside itself and
// measures. So a researcher needs no second step, and mpirun's binding, parameters and hosts are
// those that are measured.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace trunkline::lab {

// In an MPI job? By what Open MPI and PMIx put into the environment.
bool is_in_mpi_job();
// The number of this process in it. REQUIRES: is_in_mpi_job().
int number_in_mpi_job();
// The same text in all processes of a job, of letters and digits.
std::string name_of_mpi_job();

// Where the ranks' data lies, and their further arguments (trunkline-rank --help).
struct RankOptions {
  std::string data;
  std::vector<std::string> arguments;
};
std::vector<std::string> rank_command(const std::string& programs, const RankOptions& options);

// This process becomes a rank. Throws std::system_error.
[[noreturn]] void become_rank(const RankOptions& options);

// The rank of the first process, and with it the cluster.
class OwnRanks {
 public:
  // Returns when all ranks serve. Throws std::runtime_error if they do not within a minute.
  explicit OwnRanks(const RankOptions& options);
  // Ends all ranks.
  ~OwnRanks();
  OwnRanks(const OwnRanks&) = delete;
  OwnRanks& operator=(const OwnRanks&) = delete;

  const std::string& run_directory() const { return run_directory_; }

 private:
  struct Child;
  std::unique_ptr<Child> child_;
  std::string run_directory_;
};

}  // namespace trunkline::lab

#include "backbone/launcher.h"

#include <charconv>
#include <cstring>

namespace trunkline::backbone {

std::optional<PromisedWorld> promised_world(const Environment& environment) {
  // Nearest first: mpirun inside an allocation of 8 tasks may well start 2 ranks. A step's own
  // number before the job's.
  for (const char* variable :
       {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"}) {
    const char* text = environment(variable);
    if (text == nullptr) continue;
    std::size_t ranks = 0;
    const char* end = text + std::strlen(text);
    const auto [stop, error] = std::from_chars(text, end, ranks);
    if (error == std::errc{} && stop == end && ranks > 0) return PromisedWorld{ranks, variable};
  }
  return std::nullopt;
}

std::string singleton_refusal(std::size_t ranks, const std::optional<PromisedWorld>& promised) {
  if (!promised || promised->ranks == ranks) return {};
  return promised->variable + " promises " + std::to_string(promised->ranks) +
         " ranks, but MPI knows of " + std::to_string(ranks) +
         ": the launcher and this program's MPI do not speak to one another, so each process would "
         "be a cluster of its own. Start it with the mpirun of the MPI that it was built with "
         "(inside Slurm: sbatch or salloc, then mpirun; or srun --mpi=TYPE with a type of `srun "
         "--mpi=list` that this MPI knows). For one rank alone, unset " +
         promised->variable + ".";
}

}  // namespace trunkline::backbone

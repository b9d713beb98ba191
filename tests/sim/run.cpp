#include "tests/sim/run.h"

#include "tests/sim/world.h"

namespace trunkline::sim {
namespace {

std::string shape_of(const Plan& plan) {
  const Troubles& troubles = plan.troubles;
  const auto number = [](const char* name, auto value) {
    return std::string(" ") + name + " " + std::to_string(value);
  };
  return number("ranks", plan.ranks) + number("edges", plan.edges) + number("users", plan.users) +
         number("devices", plan.devices) + number("letters", plan.letters) +
         number("R", plan.remembered) + number("W", plan.unanswered_max) +
         number("body", plan.body_bytes_max) + number("quota", plan.quota_messages) +
         number("retention", plan.retention_records) + number("storm_us", plan.storm_us) + "\n " +
         number("client_crashes", troubles.client_crashes) +
         number("client_moves", troubles.client_moves) +
         number("client_stalls", troubles.client_stalls) +
         number("socket_cuts", troubles.socket_cuts) + number("edge_kills", troubles.edge_kills) +
         number("edge_stops", troubles.edge_stops) + number("job_kills", troubles.job_kills) +
         number("rank_stops", troubles.rank_stops) + number("port_losses", troubles.port_losses) +
         number("slow_commits", troubles.slow_commits) + number("full_disks", troubles.full_disks) +
         number("lost_rings", plan.lost_rings_permille);
}

std::optional<Violation> run(World& world) {
  try {
    world.run();
  } catch (const Violation& violation) {
    return violation;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Violation> run_seed(std::uint64_t seed, wire::Fault fault) {
  World world(plan_of(seed, fault), 0);
  return run(world);
}

std::string explain_seed(std::uint64_t seed, wire::Fault fault, std::size_t lines) {
  World world(plan_of(seed, fault), lines);
  const auto violation = run(world);
  std::string text = "seed " + std::to_string(seed) + ", fault " +
                     std::string(wire::to_string(fault)) + "\n " + shape_of(world.plan) + "\n" +
                     world.trace.text();
  if (violation) text += violation->invariant + ": " + violation->what + "\n";
  return text + "replay: sim_test --seed " + std::to_string(seed) +
         (fault == wire::Fault::none ? "" : " --fault " + std::string(wire::to_string(fault))) +
         "\n";
}

}  // namespace trunkline::sim

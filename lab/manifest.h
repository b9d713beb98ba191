// What one must know of the machine and the programs to repeat a measurement (Hoefler & Belli, rule
// 9): read from /proc and /sys, hwloc, the environment, the libraries. What cannot be read is "".
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

namespace trunkline::lab {

// cpu, microcode, cores, smt, governor, turbo, thp, kernel, command_line, clocksource, virtual,
// load, …
boost::json::object host_facts();
// version, commit, dirty, compiler, flags, mpi, zmq, lmdb, boost.
boost::json::object software_facts();
// OMPI_, UCX_, SLURM_, PMIX_ and TRUNKLINE_ variables; none whose name speaks of a secret.
boost::json::object environment_facts();
// OMPI_MCA_ variables without their prefix.
boost::json::object mpi_parameters();
// All four, under these names: host, software, environment, mpi_parameters.
boost::json::object surroundings();
// Of this host, as hwloc exports it; empty: it cannot say.
std::string topology_xml();

// A shell script that runs the same command line again, at the same commit.
std::string reproduce_script(const std::vector<std::string>& arguments);

}  // namespace trunkline::lab

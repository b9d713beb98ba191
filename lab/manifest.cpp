#include "lab/manifest.h"

#include <hwloc.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <boost/version.hpp>
#include <fstream>
#include <thread>

#include "lab/build_facts.h"
#include "lab/clock.h"
#include "lab/format.h"
#include "wire/stamp_clock.h"

extern char** environ;

namespace trunkline::lab {
namespace json = boost::json;

namespace {

constexpr int kClockReadings = 100'000;

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// "model name" of /proc/cpuinfo.
std::string cpu_field(std::string_view name) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (line.starts_with(name) && colon != line.npos && colon + 2 <= line.size()) {
      return line.substr(colon + 2);
    }
  }
  return {};
}

bool has_cpu_flag(std::string_view flag) {
  const std::string flags = " " + cpu_field("flags") + " ";
  return flags.find(" " + std::string(flag) + " ") != flags.npos;
}

// What one reading of the stamps' clock costs.
double clock_cost_ns() {
  const std::int64_t begin = now_ns();
  for (int i = 0; i < kClockReadings; ++i) (void)wire::stamp_clock_ns();
  return static_cast<double>(now_ns() - begin) / kClockReadings;
}

bool is_secret(std::string name) {
  for (char& letter : name) letter = static_cast<char>(std::tolower(letter));
  for (const char* word : {"pass", "secret", "token", "key", "credential", "auth", "cookie"}) {
    if (name.find(word) != name.npos) return true;
  }
  return false;
}

template <class Take>
void for_each_variable(const Take& take) {
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    const std::size_t equals = text.find('=');
    if (equals != text.npos) take(text.substr(0, equals), text.substr(equals + 1));
  }
}

std::string quoted(const std::string& argument) {
  std::string text = "'";
  for (const char letter : argument) {
    text += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  }
  return text + "'";
}

}  // namespace

json::object host_facts() {
  utsname name{};
  ::uname(&name);
  const std::string cpu = "/sys/devices/system/cpu/";
  return {{"name", name.nodename},
          {"cpu", cpu_field("model name")},
          {"microcode", cpu_field("microcode")},
          {"cores", std::thread::hardware_concurrency()},
          {"smt", first_line(cpu + "smt/control")},
          {"governor", first_line(cpu + "cpu0/cpufreq/scaling_governor")},
          {"no_turbo", first_line(cpu + "intel_pstate/no_turbo")},
          {"boost", first_line(cpu + "cpufreq/boost")},
          {"isolated_cpus", first_line(cpu + "isolated")},
          {"transparent_huge_pages", first_line("/sys/kernel/mm/transparent_hugepage/enabled")},
          {"kernel", std::string(name.sysname) + " " + name.release},
          {"command_line", first_line("/proc/cmdline")},
          {"clocksource",
           first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource")},
          {"clock_ns", clock_cost_ns()},
          {"virtual", has_cpu_flag("hypervisor")},
          {"load", first_line("/proc/loadavg")},
          {"memory", first_line("/proc/meminfo")}};
}

json::object software_facts() {
  return {{"version", kBuildVersion},   {"git_commit", kBuildCommit}, {"git_dirty", kBuildDirty},
          {"compiler", kBuildCompiler}, {"flags", kBuildFlags},       {"mpi", kBuildMpi},
          {"zmq", kBuildZmq},           {"lmdb", kBuildLmdb},         {"boost", BOOST_LIB_VERSION},
          {"hwloc", HWLOC_API_VERSION}};
}

json::object environment_facts() {
  json::object facts;
  for_each_variable([&](const std::string& name, const std::string& value) {
    for (const char* prefix : {"OMPI_", "UCX_", "SLURM_", "PMIX_", "TRUNKLINE_"}) {
      if (name.starts_with(prefix) && !is_secret(name)) facts[name] = value;
    }
  });
  return facts;
}

json::object mpi_parameters() {
  constexpr std::string_view kPrefix = "OMPI_MCA_";
  json::object parameters;
  for_each_variable([&](const std::string& name, const std::string& value) {
    if (name.starts_with(kPrefix)) parameters[name.substr(kPrefix.size())] = value;
  });
  return parameters;
}

json::object surroundings() {
  return {{"host", host_facts()},
          {"software", software_facts()},
          {"environment", environment_facts()},
          {"mpi_parameters", mpi_parameters()}};
}

std::string topology_xml() {
  hwloc_topology_t topology = nullptr;
  if (hwloc_topology_init(&topology) != 0) return {};
  std::string text;
  char* xml = nullptr;
  int size = 0;
  if (hwloc_topology_load(topology) == 0 &&
      hwloc_topology_export_xmlbuffer(topology, &xml, &size, 0) == 0) {
    text.assign(xml, static_cast<std::size_t>(size) - 1);  // it counts the zero at the end
    hwloc_free_xmlbuffer(topology, xml);
  }
  hwloc_topology_destroy(topology);
  return text;
}

std::string reproduce_script(const std::vector<std::string>& arguments) {
  std::string command;
  for (const std::string& argument : arguments) command += " " + quoted(argument);
  return std::string("#!/bin/sh\n# Runs the same experiment again. Trunkline's source stood at ") +
         kBuildCommit + (kBuildDirty ? ", with changes that were not committed" : "") +
         ".\nset -e\nexec" + command + "\n";
}

}  // namespace trunkline::lab

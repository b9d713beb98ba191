// What a process does first when secrets pass through it: verifiers, passwords, keys.
#pragma once

namespace trunkline::wire {

// No core files (by a limit of one byte: none is written, and none is piped to a handler either,
// see core(5)), no new privileges by what is executed, and files and sockets that only their owner
// may use. Holds for the processes that it starts, too.
void harden_process();

}  // namespace trunkline::wire

package org.bhyvescope.hypervisor;

/** The outcome of reading the state of one vCPU once: a {@link VcpuState}, or why there is none. */
public sealed interface StateReading permits VcpuState, Reading.Failure {}

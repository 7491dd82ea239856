package org.bhyvescope.capture;

import java.util.function.Supplier;
import org.bhyvescope.host.HostFacts;

/**
 * What is the same in all captures.
 *
 * @param agent bhyvescope's version
 * @param source name of the source in use
 * @param host the machine
 * @param hostAddresses whether addresses of the host are kept
 */
public record CaptureAbout(String agent, Supplier<String> source, HostFacts host, boolean hostAddresses) {}

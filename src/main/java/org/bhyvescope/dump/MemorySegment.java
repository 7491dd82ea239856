package org.bhyvescope.dump;

/**
 * A row of the table of memory segments.
 *
 * @param id segment id: 0 system memory (0 to 7 from 15 on), then boot ROM, framebuffer, PCI ROM
 * @param size length
 * @param name {@code sysmem} where bhyve gave none
 */
public record MemorySegment(int id, HumanSize size, String name) {}

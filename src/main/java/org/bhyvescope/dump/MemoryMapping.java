package org.bhyvescope.dump;

/**
 * A row of the memory map.
 *
 * @param address guest-physical address
 * @param size length
 * @param segment name of the segment that is mapped
 * @param offset offset in the segment, bytes
 * @param protection three characters, {@code R}, {@code W}, {@code X} or {@code -}
 * @param wired whether it is flagged {@code wired}
 * @param iommu whether it is flagged {@code iommu}: mapped for passed-through devices
 */
public record MemoryMapping(
        long address, HumanSize size, String segment, long offset, String protection, boolean wired, boolean iommu) {}

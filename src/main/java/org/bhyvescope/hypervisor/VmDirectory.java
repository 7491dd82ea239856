package org.bhyvescope.hypervisor;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The directory of the VMs' device nodes, {@code /dev/vmm}. Nodes are only looked at (stat), never opened: reading one
 * would copy guest memory.
 */
public final class VmDirectory {
    /** Longest name that vmm accepts (13 and later; 12: 32). */
    static final int MAX_NAME_BYTES = 229;

    private static final String ATTRIBUTES = "unix:ino,ctime,isDirectory";

    private final Path directory;
    private final Predicate<String> wanted;

    /** @param wanted which names to list ({@code --vm.include}, {@code --vm.exclude}) */
    public VmDirectory(Path directory, Predicate<String> wanted) {
        this.directory = directory;
        this.wanted = wanted;
    }

    /** Lists the wanted VMs. A node that vanishes meanwhile is not listed. */
    public VmListing list() {
        List<VmId> vms = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        try (DirectoryStream<Path> nodes = Files.newDirectoryStream(directory)) {
            for (Path node : nodes) {
                String name = String.valueOf(node.getFileName());
                if (!wanted.test(name)) {
                    continue;
                }
                Optional<String> problem = problem(name);
                if (problem.isPresent()) {
                    refused.add("\"" + name + "\": " + problem.get());
                } else {
                    identify(name).ifPresent(vms::add);
                }
            }
        } catch (NoSuchFileException e) {
            return new VmListing.NoVmm(directory.toString());
        } catch (NotDirectoryException e) {
            return new VmListing.Failed(directory + " is not a directory");
        } catch (AccessDeniedException e) {
            return new VmListing.Failed("no right to list " + directory);
        } catch (IOException | DirectoryIteratorException e) {
            return new VmListing.Failed("listing " + directory + ": " + e.getMessage());
        }
        vms.sort(Comparator.comparing(VmId::name));
        return new VmListing.Listed(List.copyOf(vms), List.copyOf(refused));
    }

    /** The VM that has this name now. Empty: none. */
    public Optional<VmId> identify(String name) {
        try {
            Map<String, Object> attributes = Files.readAttributes(node(name), ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
            if ((Boolean) attributes.getOrDefault("isDirectory", false)) {
                return Optional.empty();
            }
            long inode = ((Number) attributes.getOrDefault("ino", 0L)).longValue();
            FileTime ctime = (FileTime) attributes.getOrDefault("ctime", FileTime.fromMillis(0));
            return Optional.of(new VmId(name, inode, ctime.toInstant()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * Whether this process may open the VM's node the way bhyvectl does (read and write), as access(2) says without
     * opening it.
     */
    boolean isAccessible(String name) {
        Path node = node(name);
        return Files.isReadable(node) && Files.isWritable(node);
    }

    /** Whether the node is there and may not be opened; a node that is not there any more denies nothing. */
    public boolean isDenied(String name) {
        return identify(name).isPresent() && !isAccessible(name);
    }

    /** The device node that a VM of this name has. */
    public Path node(String name) {
        return directory.resolve(name);
    }

    /** Why a name cannot be handed to bhyvectl and back without change; empty if it can. */
    static Optional<String> problem(String name) {
        if (name.indexOf('\uFFFD') >= 0) {
            return Optional.of("is not UTF-8, so it cannot be handed to bhyvectl unchanged");
        }
        int bytes = name.getBytes(UTF_8).length;
        if (bytes > MAX_NAME_BYTES) {
            return Optional.of("has " + bytes + " bytes; vmm accepts at most " + MAX_NAME_BYTES);
        }
        return Optional.empty();
    }
}

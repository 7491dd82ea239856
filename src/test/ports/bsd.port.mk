# What the ports framework gives a port that copies a tree into its staging directory; the rest of it is not here.
DATADIR = ${PREFIX}/share/${PORTNAME}
DOCSDIR = ${PREFIX}/share/doc/${PORTNAME}
ETCDIR = ${PREFIX}/etc/${PORTNAME}
MKDIR = mkdir -p
INSTALL_SCRIPT = install -m 555
COPYTREE_SHARE = sh ${DOUBLES}/copytree 644
COPYTREE_BIN = sh ${DOUBLES}/copytree 555

stage: prepare do-install do-install-DOCS-on

# Of the directories that the framework makes beforehand, those that are used.
prepare:
	${MKDIR} ${STAGEDIR}${PREFIX}/bin ${STAGEDIR}${PREFIX}/libexec

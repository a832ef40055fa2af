import type { PackRule } from './rule.js'
import { changes, placesOf } from './paths.js'

const DEVICE = /^\/dev\/(?:sd|hd|vd|xvd|nvme|mmcblk|disk|rdisk|mapper\/|md|dm-|loop|pmem|ram\d|sr\d|mem$|kmem$|port$)/
const SYSTEM =
  /^\/(?:private\/)?(?:etc|usr|bin|sbin|lib|lib32|lib64|boot|sys|proc|System|Library|var\/(?:lib|log|spool|mail|run))(?:\/|$)/

// Flags of the volume tools that have a value as the next word.
const DISK_VALUES = [
  'reportformat',
  'config',
  'commandprofile',
  'profile',
  'S',
  'select',
  'devices',
  'devicesfile',
  'journal',
]

/** Destruction of files and disks. */
export const DISK: readonly PackRule[] = [
  {
    name: 'disk.device',
    title: 'writing to a disk or to memory as a device',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'write to a file of the project; an image can be mounted by a person',
    script: (script) => {
      const found = placesOf(script).find((place) => changes(place) && DEVICE.test(place.path))
      return found === undefined ? undefined : `${found.use.program} would overwrite the device ${found.use.text}`
    },
    examples: {
      deny: ['cat zero > /dev/sda', 'cp image.iso /dev/nvme0n1', 'shred /dev/sdb1', 'truncate -s 0 /dev/vda'],
      allow: ['echo x > /dev/null', 'cat a > /dev/stderr', 'ls /dev/sda'],
    },
  },
  {
    name: 'disk.format',
    title: 'tools that format, wipe or repartition disks',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'ask a person; disks are not part of a project',
    programs: [
      ...['wipefs', 'blkdiscard', 'mkswap', 'fdisk', 'sfdisk', 'sgdisk', 'gdisk', 'parted', 'cryptsetup', 'nvme'],
      ...['hdparm', 'diskutil', 'zpool', 'zfs', 'lvremove', 'vgremove', 'pvremove', 'mdadm', 'format', 'dd', 'newfs'],
      ...[
        'mke2fs',
        'mkdosfs',
        'mkntfs',
        'diskpart',
        'badblocks',
        'flashrom',
        'flash_erase',
        'nwipe',
        'dban',
        'btrfs',
        'mkfs',
        'lvreduce',
      ],
      ...['vgreduce', 'pvmove', 'dmsetup', 'xfs_repair', 'e2fsck', 'fsck', 'cipher', 'clear-disk', 'format-volume'],
    ],
    command: (one) => {
      const { program } = one
      if (
        one.operands(DISK_VALUES).length === 0 ||
        one.has('help', 'longhelp', 'h', 'version', 'l', 'list', 'n', 'no-act', 'test', 't')
      )
        return undefined
      const harmless: Readonly<Record<string, boolean>> = {
        cryptsetup: !/^(luks)?(format|erase|reencrypt)$/i.test(one.plain[0] ?? ''),
        nvme: !['format', 'sanitize', 'write'].includes(one.plain[0] ?? ''),
        hdparm: !one.words.some((word) => /^--(security-erase|trim-sector|write-sector|yes-i-know)/.test(word)),
        diskutil: !/^(erase|partition|zero|secureerase|reformat)/i.test(one.plain[0] ?? ''),
        zpool: !/^(destroy|labelclear|create)$/.test(one.plain[0] ?? ''),
        zfs: !/^(destroy|rollback)$/.test(one.plain[0] ?? ''),
        btrfs: !one.runs('subvolume', 'delete'),
        mdadm: !one.has('zero-superblock', 'stop'),
        dd: !one.words.some((word) => word.startsWith('of=') && DEVICE.test(word.slice(3).replace(/\/+/g, '/'))),
        parted: one.plain.includes('print'),
        wipefs: !one.has('a', 'all', 'o', 'offset'),
        badblocks: !one.has('w'),
        lvreduce: !one.has('L', 'l', 'size', 'extents'),
        dmsetup: !/^(remove|remove_all|wipe_table)$/.test(one.plain[0] ?? ''),
        fsck: !one.has('y', 'a', 'f'),
        e2fsck: !one.has('y', 'f', 'p'),
        xfs_repair: !one.has('L'),
        cipher: !one.words.some((word) => /^\/w/i.test(word)),
        format: !/^[a-z]:$/i.test(one.plain[0] ?? ''),
      }
      return harmless[program] === true ? undefined : `${program} would format, wipe or repartition a disk`
    },
    examples: {
      deny: ['wipefs -a /dev/sda', 'blkdiscard /dev/nvme0n1', 'diskutil eraseDisk JHFS+ x disk2', 'zpool destroy tank'],
      allow: ['fdisk -l', 'diskutil list', 'zfs list', 'cryptsetup status x', 'lvremove --reportformat json'],
    },
  },
  {
    name: 'disk.windows',
    title: 'removing whole trees or drives with the commands of Windows',
    severity: 'critical',
    level: 'standard',
    action: 'deny',
    suggest: 'remove named files of the project only',
    programs: ['del', 'erase', 'rd', 'remove-item', 'ri', 'deltree', 'rmdir', 'takeown', 'icacls', 'clear-content'],
    command: (one) => {
      const { program, words } = one
      const flags = words
        .filter((word) => /^[/-]/.test(word))
        .join(' ')
        .toLowerCase()
      const tree = /(?:^|\s)(?:\/s|-r|-rec\w*|-force|\/t|\/r)(?:\s|$)/.test(flags)
      const wide = words.some((word) =>
        /^["']?(?:[a-z]:(?:[\\/]*\*?|[\\/]+(?:windows|users|program files).*)|\\\\|%(?:systemroot|userprofile|homepath|windir)%|~[\\/]?|\$env:\w+|\*)["']?$/i.test(
          word,
        ),
      )
      return (tree || program === 'deltree') && (wide || program === 'deltree')
        ? `${program} would remove or take over everything below ${one.plain.at(-1) ?? 'a drive'}`
        : undefined
    },
    examples: {
      deny: ['del /s /q C:\\\\', 'rd /s /q C:\\\\Users', 'Remove-Item -Recurse -Force C:\\\\'],
      allow: ['rmdir build', 'del notes.txt', 'Remove-Item -Recurse dist'],
    },
  },
  {
    name: 'disk.shred',
    title: 'shredding files',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'remove the file with rm, which history or a backup can still bring back',
    programs: ['shred', 'srm', 'wipe', 'scrub'],
    command: (one) =>
      one.words.length === 0 || one.has('help', 'version')
        ? undefined
        : `${one.program} would overwrite ${one.plain.at(-1) ?? 'files'} so that nothing can bring it back`,
    examples: { deny: ['shred -u notes.txt', 'srm secret'], allow: ['shred --help', 'rm notes.txt'] },
  },
  {
    name: 'disk.system',
    title: 'changing files of the system',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'keep to files of the project; the system is set up by a person or an image',
    script: (script) => {
      const found = placesOf(script).find(
        (place) =>
          changes(place) &&
          !place.inProject &&
          !place.inTemporary &&
          !place.use.text.startsWith('/dev/fd/') &&
          SYSTEM.test(place.path),
      )
      return found === undefined
        ? undefined
        : `${found.use.program} would change ${found.use.text}, a file of the system`
    },
    examples: {
      deny: ['echo x > /etc/hosts', 'cp tool /usr/local/bin/tool', 'rm /usr/bin/env', 'mv a /etc/a', 'touch /boot/x'],
      allow: ['cat /etc/hosts', 'echo x > out.txt', 'cp a b', 'ls /usr/bin'],
    },
  },
  {
    name: 'disk.move',
    title: 'moving the root, the home folder or all they hold',
    severity: 'critical',
    level: 'minimal',
    action: 'require_approval',
    suggest: 'move named files of the project only',
    script: (script) => {
      const { home } = script.facts
      const roots = new Set(['/', '/*', home, `${home}/*`, '/home', '/root', '/etc', '/usr', '/var', '/bin', '/lib'])
      const found = placesOf(script).find(({ use, path }) => use.access === 'move' && roots.has(path))
      return found === undefined ? undefined : `${found.use.program} would move ${found.use.text} away`
    },
    examples: { deny: ['mv /* /tmp', 'mv ~ /tmp/x', 'mv /etc /tmp'], allow: ['mv src lib', 'mv ./* ../x'] },
  },
  {
    name: 'disk.modes',
    title: 'changing owner or mode of whole folders outside the project, or of the root',
    severity: 'critical',
    level: 'minimal',
    action: 'deny',
    suggest: 'change the mode of named files of the project only',
    script: (script) => {
      const { home } = script.facts
      const found = placesOf(script).find(
        ({ use, path, inProject, inTemporary }) =>
          use.access === 'mode' &&
          !inProject &&
          !inTemporary &&
          (use.recursive ||
            path === '/' ||
            path === home ||
            /^\/(?:etc|usr|bin|sbin|lib|boot|var|home|root)$/.test(path)),
      )
      return found === undefined
        ? undefined
        : `${found.use.program} would change the mode or owner of ${found.use.text}${found.use.recursive ? ' with all it holds' : ''}`
    },
    examples: {
      deny: ['chmod -R 777 /', 'chmod 777 /', 'chown -R me ~', 'chmod -R a+rwx /var/www'],
      allow: ['chmod -R a+r ./dist', 'chmod 755 run.sh'],
    },
  },
  {
    name: 'disk.mirror',
    title: 'rsync that deletes outside the project',
    severity: 'high',
    level: 'standard',
    action: 'deny',
    suggest: 'leave --delete out, or name a folder of the project',
    programs: ['rsync'],
    command: (one, script) => {
      if (!one.words.some((word) => /^--del(ete)?(-|$)/.test(word)) || one.has('n', 'dry-run', 'list-only'))
        return undefined
      const outside = placesOf(script).some(
        ({ use, inProject, inTemporary }) =>
          use.program === 'rsync' && use.access === 'write' && !inProject && !inTemporary,
      )
      return outside ? 'rsync would delete every file outside the project that its source does not have' : undefined
    },
    examples: {
      deny: ['rsync -a --delete empty/ /', 'rsync --delete src/ ~/other'],
      allow: ['rsync -a --delete src/ dist/', 'rsync -a src/ dist/'],
    },
  },
]

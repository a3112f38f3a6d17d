"""Write the C sources of a package of ROS 2 interfaces with ROS 2's own generators.

Usage: generate.py PACKAGE SOURCE_FOLDER PREFIX SHARE_OF_ROS [SHARE ...]

Interface files go to PREFIX/share/PACKAGE, sources to PREFIX/src/GENERATOR/PACKAGE.
"""

import contextlib
import io
import pathlib
import shutil
import sys

from rosidl_adapter import convert_to_idl
from rosidl_generator_c.cli import GenerateC
from rosidl_generator_type_description.cli import HashTypeDescription
from rosidl_typesupport_c.cli import GenerateCTypesupport
from rosidl_typesupport_fastrtps_c.cli import GenerateFastRTPSCTypesupport
from rosidl_typesupport_introspection_c.cli import GenerateIntrospectionCTypesupport


def main(package, source, prefix, shares):
    share = prefix / 'share' / package
    interfaces = []
    definitions = []
    for file in sorted(source.glob('*/*.*')):
        relative = file.relative_to(source)
        (share / relative.parent).mkdir(parents=True, exist_ok=True)
        shutil.copy(file, share / relative)
        definitions.append(str(relative))
        with contextlib.redirect_stdout(io.StringIO()):
            convert_to_idl(source, package, relative, share)
        interfaces.append(f"{share}:{relative.with_suffix('.idl')}")
    hashes = HashTypeDescription('hash').generate_type_hashes(package, interfaces, shares, share)

    def generate(name, generator, **more):
        output = prefix / 'src' / name / package
        generator.generate(package, interfaces, shares, output, **more)

    generate('generator_c', GenerateC('c'), type_description_files=hashes)
    generate('typesupport_introspection_c', GenerateIntrospectionCTypesupport('introspection'))
    generate('typesupport_fastrtps_c', GenerateFastRTPSCTypesupport('fastrtps'))
    generate('typesupport_c', GenerateCTypesupport('dispatch'))

    index = prefix / 'share' / 'ament_index' / 'resource_index'
    for kind, text in (
        ('packages', ''),
        ('rosidl_interfaces', '\n'.join([*definitions, *(i.split(':')[1] for i in interfaces)])),
    ):
        (index / kind).mkdir(parents=True, exist_ok=True)
        (index / kind / package).write_text(text)
    (share / 'package.xml').write_text(
        f'<package format="3"><name>{package}</name><version>0.0.0</version>'
        '<description>Interfaces</description><license>Apache-2.0</license>'
        '<maintainer email="nobody@example.com">nobody</maintainer>'
        '<member_of_group>rosidl_interface_packages</member_of_group></package>\n'
    )


main(
    sys.argv[1],
    pathlib.Path(sys.argv[2]).resolve(),
    pathlib.Path(sys.argv[3]).resolve(),
    sys.argv[4:],
)
